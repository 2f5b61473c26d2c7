import { memoize } from '../../istio/memoize.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { explainPod, type InjectionScope } from './explain-pod.ts'
import { readNamespaceInjection, type NamespaceInjection } from './namespace-injection.ts'
import type { PodInjection } from './pod-injection.ts'
import { isRestartable, workloadOf, type WorkloadName } from './workload-of.ts'

export interface InjectionCounts {
  readonly pods: number
  readonly in: number
  readonly out: number
  readonly exempt: number
  /** In the mesh with a proxy that a restart would update. */
  readonly behind: number
  /** Out of the mesh, and in it after a restart. */
  readonly late: number
  /** In the mesh, and out of it after a restart. */
  readonly leaving: number
}

/** What is the same for some pods of a workload. */
export interface InjectionGroup extends Pick<
  PodInjection,
  'state' | 'reason' | 'message' | 'hint' | 'fix' | 'skew' | 'restart'
> {
  readonly pods: number
  readonly version?: string
  readonly revision?: string
}

export interface WorkloadInjection extends WorkloadName {
  readonly namespace: string
  readonly counts: InjectionCounts
  readonly groups: readonly InjectionGroup[]
  readonly canRestart: boolean
}

export interface NamespaceSummary {
  readonly name: string
  readonly injection: NamespaceInjection
  readonly counts: InjectionCounts
  readonly workloads: readonly WorkloadInjection[]
}

interface Gathered {
  readonly workload: WorkloadName
  readonly groups: Map<string, { group: Omit<InjectionGroup, 'pods'>; pods: number }>
}

/** All namespaces with their workloads and why their pods are in a mesh or not, pods counted together. */
export function summarizeInjection(
  {
    namespaces,
    workloads,
    pods,
  }: {
    readonly namespaces: readonly KubernetesObject[]
    readonly workloads: readonly KubernetesObject[]
    readonly pods: readonly KubernetesObject[]
  },
  scope: InjectionScope,
  explain: typeof explainPod = explainPod,
): readonly NamespaceSummary[] {
  const byName = new Map(namespaces.map(each => [each.metadata.name, each]))
  const gathered = new Map<string, Map<string, Gathered>>()
  const gather = (namespace: string, workload: WorkloadName): Gathered => {
    const inside = gathered.get(namespace) ?? new Map<string, Gathered>()
    gathered.set(namespace, inside)
    const key = `${workload.kind}/${workload.name}`
    const found = inside.get(key) ?? { workload, groups: new Map() }
    inside.set(key, found)
    return found
  }
  // A workload without pods is shown too: its pods may have been rejected.
  for (const { kind, metadata } of workloads) gather(metadata.namespace ?? '', { kind, name: metadata.name })
  for (const pod of pods) {
    const namespace = byName.get(pod.metadata.namespace ?? '')
    if (!namespace) continue
    const { groups } = gather(namespace.metadata.name, workloadOf(pod))
    const { group, key } = keyedGroupOf(explain(pod, namespace, scope))
    const before = groups.get(key)
    groups.set(key, { group, pods: (before?.pods ?? 0) + 1 })
  }
  return namespaces
    .map(namespace => {
      const { name } = namespace.metadata
      const inside = [...(gathered.get(name)?.values() ?? [])]
        .map(each => summarizeWorkload(name, each))
        .sort((a, b) => a.name.localeCompare(b.name, 'en') || a.kind.localeCompare(b.kind, 'en'))
      return {
        name,
        injection: readNamespaceInjection(namespace, scope),
        counts: addCounts(inside.map(({ counts }) => counts)),
        workloads: inside,
      }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

const groupOf = ({
  state,
  reason,
  message,
  hint,
  fix,
  skew,
  restart,
  proxy,
}: PodInjection): Omit<InjectionGroup, 'pods'> => ({
  state,
  reason,
  message,
  ...(hint === undefined ? {} : { hint }),
  ...(fix === undefined ? {} : { fix }),
  ...(skew === undefined ? {} : { skew }),
  ...(restart === undefined ? {} : { restart }),
  ...(proxy?.version === undefined ? {} : { version: proxy.version }),
  ...(proxy?.revision === undefined ? {} : { revision: proxy.revision }),
})

/** The group and its key; the same answer is explained once only. */
const keyedGroupOf = memoize((injection: PodInjection) => {
  const group = groupOf(injection)
  return { group, key: JSON.stringify(group) }
})

function summarizeWorkload(namespace: string, { workload, groups }: Gathered): WorkloadInjection {
  const all = [...groups.values()].map(({ group, pods }) => ({ ...group, pods }))
  return {
    ...workload,
    namespace,
    groups: all,
    counts: addCounts(all.map(countsOf)),
    canRestart: isRestartable(workload.kind),
  }
}

const countsOf = ({ state, restart, pods }: InjectionGroup): InjectionCounts => ({
  pods,
  in: state === 'in' ? pods : 0,
  out: state === 'out' ? pods : 0,
  exempt: state === 'exempt' ? pods : 0,
  behind: restart === 'updates' ? pods : 0,
  late: restart === 'gains' ? pods : 0,
  leaving: restart === 'loses' ? pods : 0,
})

const NONE: InjectionCounts = { pods: 0, in: 0, out: 0, exempt: 0, behind: 0, late: 0, leaving: 0 }

const addCounts = (all: readonly InjectionCounts[]): InjectionCounts =>
  all.reduce(
    (sum, each) => ({
      pods: sum.pods + each.pods,
      in: sum.in + each.in,
      out: sum.out + each.out,
      exempt: sum.exempt + each.exempt,
      behind: sum.behind + each.behind,
      late: sum.late + each.late,
      leaving: sum.leaving + each.leaving,
    }),
    NONE,
  )

/** The workloads that a restart would bring in or update; those that would lose their proxy only where they are meant too. */
export const restartable = (
  workloads: readonly WorkloadInjection[],
  hasLeaving: boolean,
): readonly WorkloadInjection[] =>
  workloads.filter(
    ({ canRestart, counts }) =>
      canRestart && counts.behind + counts.late + (hasLeaving ? counts.leaving : 0) > 0,
  )
