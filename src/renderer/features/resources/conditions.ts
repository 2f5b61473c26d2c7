import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { readList, readText } from './read-path.ts'

export interface ConditionView {
  readonly type: string
  readonly status: string
  readonly tone: 'good' | 'warning' | 'bad' | 'plain'
  /** What the type means, in a sentence; empty for types we do not know. */
  readonly meaning: string
  readonly reason: string
  readonly message: string
  readonly since: string
}

/** Source: kubernetes.io API reference (PodCondition, DeploymentCondition, NodeCondition) and Gateway API's GEP-1364. */
const MEANINGS: Readonly<Record<string, string>> = {
  PodScheduled: 'A node was found for the pod.',
  Initialized: 'All init containers have finished.',
  PodReadyToStartContainers: 'The pod has its sandbox and network.',
  ContainersReady: 'Every container passes its readiness probe.',
  Ready: 'It can serve requests.',
  Available: 'Enough pods have been ready for long enough.',
  Progressing: 'The present roll-out goes on or has finished.',
  ReplicaFailure: 'Pods could not be made or deleted.',
  Accepted: 'Its controller has read it and found it valid.',
  Programmed: 'The data plane is set up to do what it says.',
  ResolvedRefs: 'Everything that it names exists and may be used.',
  Reconciled: 'Istio has sent it to the proxies.',
  NamesAccepted: 'The names of the kind are free.',
  Established: 'The API server serves the kind.',
  MemoryPressure: 'The node is short of memory.',
  DiskPressure: 'The node is short of disk space.',
  PIDPressure: 'The node has too many processes.',
}
/** Those that are bad when they are true. */
const BAD_WHEN_TRUE = /Pressure$|Failure$|Failed$|Conflicted$|Unavailable$/

export function conditionsOf(object: KubernetesObject): readonly ConditionView[] {
  const parents = readList(object, 'status', 'parents').flatMap(parent => readList(parent, 'conditions'))
  return [...readList(object, 'status', 'conditions'), ...parents].map(condition => {
    const type = readText(condition, 'type')
    const status = readText(condition, 'status')
    return {
      type,
      status,
      tone: toneOf(type, status),
      meaning: MEANINGS[type] ?? '',
      reason: readText(condition, 'reason'),
      message: readText(condition, 'message'),
      since: readText(condition, 'lastTransitionTime'),
    }
  })
}

function toneOf(type: string, status: string): ConditionView['tone'] {
  if (status === 'Unknown') return 'warning'
  return (status === 'True') !== BAD_WHEN_TRUE.test(type) ? 'good' : 'bad'
}
