/** The parts of a workload that its controller reports on. */
export interface RolledOut {
  readonly kind: string
  readonly metadata: { readonly generation?: number }
  readonly spec?: {
    readonly replicas?: number
    readonly paused?: boolean
    readonly selector?: {
      readonly matchLabels?: Readonly<Record<string, string>>
      readonly matchExpressions?: readonly {
        readonly key: string
        readonly operator: string
        readonly values?: readonly string[]
      }[]
    }
    readonly updateStrategy?: {
      readonly type?: string
      readonly rollingUpdate?: { readonly partition?: number }
    }
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
    readonly desiredNumberScheduled?: number
    readonly updatedNumberScheduled?: number
    readonly numberAvailable?: number
    readonly conditions?: readonly {
      readonly type: string
      readonly reason?: string
      readonly message?: string
    }[]
  }
}

export interface RolloutState {
  readonly isDone: boolean
  /** Pods of the new template that are ready, of all. */
  readonly ready: number
  readonly wanted: number
  /** Why it will not end by itself. */
  readonly stuck?: string
}

/** How far a rollout is. Source: kubectl pkg/polymorphichelpers/rollout_status.go */
export function readRollout(workload: RolledOut): RolloutState {
  const { kind, metadata, spec, status } = workload
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  if (kind === 'DaemonSet') {
    const wanted = status?.desiredNumberScheduled ?? 0
    const updated = status?.updatedNumberScheduled ?? 0
    const ready = Math.min(updated, status?.numberAvailable ?? 0)
    return { wanted, ready, isDone: isSeen && updated >= wanted && ready >= wanted, ...stuckByHand(workload) }
  }
  const all = spec?.replicas ?? 1
  if (kind === 'StatefulSet') {
    const wanted = Math.max(0, all - (spec?.updateStrategy?.rollingUpdate?.partition ?? 0))
    const updated = status?.updatedReplicas ?? 0
    const ready = Math.min(updated, status?.readyReplicas ?? 0)
    const isDone = isSeen && updated >= wanted && (status?.readyReplicas ?? 0) >= all
    return { wanted, ready, isDone, ...stuckByHand(workload) }
  }
  const updated = status?.updatedReplicas ?? 0
  const available = status?.availableReplicas ?? 0
  // Pods of the old template that are going still count in `replicas`.
  const isDone = isSeen && updated >= all && (status?.replicas ?? 0) <= updated && available >= updated
  const late = status?.conditions?.find(each => each.reason === 'ProgressDeadlineExceeded')
  return {
    wanted: all,
    ready: Math.min(updated, available),
    isDone,
    ...(spec?.paused === true
      ? { stuck: 'it is paused: its pods are not replaced until it is resumed' }
      : {}),
    ...(isSeen && late ? { stuck: late.message ?? 'it made no progress within its deadline' } : {}),
  }
}

const stuckByHand = ({ spec }: RolledOut): { readonly stuck?: string } =>
  spec?.updateStrategy?.type === 'OnDelete'
    ? { stuck: 'its pods are replaced only when somebody deletes them (updateStrategy OnDelete)' }
    : {}

const OPERATORS: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin' }

/** A workload's selector as the API server's query wants it. */
export function writeSelector({ spec }: RolledOut): string {
  const equal = Object.entries(spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const others = (spec?.selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    const set = OPERATORS[operator]
    if (set !== undefined) return `${key} ${set} (${values.join(',')})`
    return operator === 'Exists' ? key : `!${key}`
  })
  return [...equal, ...others].join(',')
}
