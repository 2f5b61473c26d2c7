import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { parse } from 'yaml'
import { buildMesh } from '../../../domain/mesh/mesh.ts'
import type { Problem } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import { simulateMesh } from '../../../domain/simulation/simulated-mesh.ts'
import { findMatchedHeaders } from '../../../domain/what-changes/matched-headers.ts'
import { objectsAfter } from '../../../domain/what-changes/objects-after.ts'
import { collectSeenRequests } from '../../../domain/what-changes/seen-request.ts'
import { findWhatChanges, type WhatChanges } from '../../../domain/what-changes/what-changes.ts'
import type { ChangePlan } from '../../../shared/contract/changes.ts'
import { useApi } from '../../state/api.ts'
import { cluster } from '../../state/cluster.ts'
import { connection, context } from '../../state/contexts.ts'
import { traffic, useTraffic } from '../../state/traffic.ts'
import { readRecentTraces, WINDOW_MS, type RecentTraces } from './read-traces.ts'

const AGAIN_AFTER = 15_000

export interface ChangedRequests {
  /** Undefined until requests were looked at. */
  readonly changes: ComputedRef<WhatChanges | undefined>
  readonly problem: ComputedRef<Problem | undefined>
  readonly traceCount: ComputedRef<number>
}

/** Which of the requests of the last minutes a plan would send elsewhere; only inside `setup`. */
export function useWhatChanges(plan: Readonly<ShallowRef<ChangePlan | undefined>>): ChangedRequests {
  const api = useApi()
  useTraffic()
  const recent = shallowRef<RecentTraces>()

  let timer: ReturnType<typeof setTimeout> | undefined
  const stopWatching = watch(
    [context, () => connection.value.kind],
    ([name, kind], _, onCleanup) => {
      recent.value = undefined
      if (name === '' || kind !== 'live') return
      const stop = new AbortController()
      onCleanup(() => {
        stop.abort()
        clearTimeout(timer)
      })
      const read = async (): Promise<void> => {
        const found = await readRecentTraces(api, name, stop.signal)
        if (stop.signal.aborted) return
        recent.value = found
        timer = setTimeout(() => void read(), AGAIN_AFTER)
      }
      void read()
    },
    { immediate: true },
  )
  onScopeDispose(() => stopWatching())

  const changes = computed(() => {
    const planned = plan.value
    if (planned === undefined || recent.value === undefined || !cluster.value.isLoaded) return undefined
    const live = cluster.value.all()
    const next = objectsAfter(
      live,
      planned.steps
        // What the cluster refuses changes nothing.
        .filter(({ after, action }) => after !== '' || action === 'delete')
        .map(({ id, after }) => ({
          id,
          after: after === '' ? undefined : (parse(after) as KubernetesObject),
        })),
    )
    const headerNames = new Set([...findMatchedHeaders(live).all, ...findMatchedHeaders(next).all])
    const seen = collectSeenRequests({
      mesh: buildMesh(live),
      traces: recent.value.traces,
      edges: traffic.value?.edges ?? [],
      headerNames,
      seconds: WINDOW_MS / 1000,
    })
    return findWhatChanges(simulateMesh(live), simulateMesh(next), seen)
  })
  return {
    changes,
    problem: computed(() => recent.value?.problem),
    traceCount: computed(() => recent.value?.traces.length ?? 0),
  }
}
