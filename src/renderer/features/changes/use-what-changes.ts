import { computed, type ComputedRef, type ShallowRef } from 'vue'
import type { Problem } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { simulateMesh } from '../../../domain/simulation/simulated-mesh.ts'
import { objectsAfter, type ObjectChange } from '../../../domain/impact/objects-after.ts'
import { observeRequests } from '../../../domain/impact/observed-requests.ts'
import { findWhatChanges, type WhatChanges } from '../../../domain/impact/what-changes.ts'
import { readYamlDocument } from '../../../domain/yaml/read-yaml.ts'
import type { ChangePlan } from '../../../shared/contract/changes.ts'
import { cluster } from '../../state/cluster.ts'
import { WINDOW_MS } from '../../state/read-traces.ts'
import { recentTraces, useRecentTraces } from '../../state/recent-traces.ts'
import { traffic, trafficProblem, useTraffic } from '../../state/traffic.ts'

export interface ChangedRequests {
  /** Undefined until requests were looked at. */
  readonly changes: ComputedRef<WhatChanges | undefined>
  /** Why requests are missing, or less is known of them than could be. */
  readonly problems: ComputedRef<readonly Problem[]>
  readonly traceCount: ComputedRef<number>
}

/** What the steps of a plan leave of their objects, and the names of those that cannot be read. */
function readSteps(plan: ChangePlan | undefined): {
  readonly changes: readonly ObjectChange[]
  readonly unread: readonly string[]
} {
  const changes: ObjectChange[] = []
  const unread: string[] = []
  for (const { id, after, action } of plan?.steps ?? []) {
    // What the cluster rejects changes nothing.
    if (after === '' && action !== 'delete') continue
    try {
      const object = after === '' ? undefined : (readYamlDocument(after).value as KubernetesObject)
      changes.push({ id, after: object })
    } catch {
      unread.push(`${id.kind} ${id.namespace === undefined ? '' : `${id.namespace}/`}${id.name}`)
    }
  }
  return { changes, unread }
}

/** Which of the requests of the last minutes a plan would send elsewhere; only inside `setup`. */
export function useWhatChanges(plan: Readonly<ShallowRef<ChangePlan | undefined>>): ChangedRequests {
  useTraffic()
  useRecentTraces()

  const live = computed(() => (cluster.value.isLoaded ? cluster.value.all() : undefined))
  const before = computed(() => (live.value === undefined ? undefined : simulateMesh(live.value)))
  const planned = computed(() => readSteps(plan.value))
  const after = computed(() =>
    plan.value === undefined || live.value === undefined
      ? undefined
      : simulateMesh(objectsAfter(live.value, planned.value.changes)),
  )
  const changes = computed(() => {
    const isMeasured = traffic.value !== undefined || trafficProblem.value !== undefined
    if (before.value === undefined || after.value === undefined) return undefined
    if (recentTraces.value === undefined || !isMeasured) return undefined
    const observed = observeRequests({
      before: before.value,
      after: after.value,
      traces: recentTraces.value.traces,
      edges: traffic.value?.edges ?? [],
      seconds: WINDOW_MS / 1000,
    })
    return findWhatChanges(before.value, after.value, observed)
  })
  const problems = computed((): readonly Problem[] => {
    const unread = [...cluster.value.problems.keys()].map(key => key.slice(key.indexOf('/') + 1))
    return [
      ...(trafficProblem.value === undefined ? [] : [trafficProblem.value]),
      ...(traffic.value?.problems ?? []),
      ...(recentTraces.value?.problem === undefined ? [] : [recentTraces.value.problem]),
      ...(planned.value.unread.length === 0
        ? []
        : [
            {
              code: 'too-large' as const,
              message: `Evaluated without ${planned.value.unread.join(', ')}: the text is too large or not valid YAML`,
            },
          ]),
      ...(unread.length === 0
        ? []
        : [
            {
              code: 'unreachable' as const,
              message: `Evaluated without ${unread.join(', ')}: these objects cannot be read`,
            },
          ]),
    ]
  })
  return {
    changes,
    problems,
    traceCount: computed(() => recentTraces.value?.traces.length ?? 0),
  }
}
