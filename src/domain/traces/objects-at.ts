import { withAppliedAge } from '../kubernetes/applied-age.ts'
import { isSameConfiguration } from './same-configuration.ts'
import { resourceIdOf, resourceKey, type KubernetesObject } from '../kubernetes/kubernetes-object.ts'

/** A change of an object as a journal or a watch has it; `before` undefined where the change made the object. */
export interface PastChange {
  /** Milliseconds since 1970. */
  readonly at: number
  /** The earliest moment at which it can have happened, where that is not `at`: nobody looked in between. */
  readonly from?: number
  readonly id: Parameters<typeof resourceKey>[0]
  readonly before: KubernetesObject | undefined
}

/** The live objects as they were at a moment, as far as the changes since then are known. */
export function objectsAt(
  live: readonly KubernetesObject[],
  changes: readonly PastChange[],
  at: number,
): readonly KubernetesObject[] {
  const byKey = new Map(live.map(object => [resourceKey(resourceIdOf(object)), object]))
  // A journal keeps no ages, and the age of an object stays.
  const ages = new Map(byKey)
  // The latest first, so that what the earliest change found is what stays.
  const since = changes.filter(change => change.at > at).sort((one, other) => other.at - one.at)
  for (const { id, before } of since) {
    const key = resourceKey(id)
    if (before === undefined) byKey.delete(key)
    else byKey.set(key, ages.has(key) ? withAppliedAge(before, ages.get(key)) : before)
  }
  return [...byKey.values()]
}

/** What is known of an object at a moment that has passed. */
export type PastState =
  /** It was as it is now. */
  | 'same'
  /** It has changed since, and how it was is known. */
  | 'changed'
  /** It has changed since, and how it was is not known. */
  | 'unknown'

/**
 * Whether an object is now as it was at a moment, and whether what it was is known.
 * `times` are when the server wrote its configuration, where that was asked for; `changes` and `knownSince` are what is
 * known of the past.
 */
export function pastStateOf(
  {
    id,
    live,
    past,
  }: {
    readonly id: Parameters<typeof resourceKey>[0]
    readonly live: KubernetesObject | undefined
    /** As `objectsAt` has it. */
    readonly past: KubernetesObject | undefined
  },
  at: number,
  changes: readonly PastChange[],
  { knownSince, times }: { readonly knownSince: number; readonly times: readonly number[] },
): PastState {
  const key = resourceKey(id)
  const own = changes.filter(change => change.at > at && resourceKey(change.id) === key)
  if (own.some(({ from }) => from !== undefined && from < at)) return 'unknown'
  const isExplained = (time: number): boolean =>
    time > knownSince || own.some(change => Math.abs(change.at - time) < CLOCK_SLACK_MS)
  // Kubernetes writes whole seconds.
  if (times.some(time => time > at && !isExplained(time))) return 'unknown'
  if (own.length === 0) return 'same'
  const isSame = live !== undefined && past !== undefined && isSameConfiguration(live, past)
  return isSame ? 'same' : 'changed'
}

/** Between a server that writes whole seconds and a journal that writes when the answer came. */
const CLOCK_SLACK_MS = 5_000

/**
 * When the server wrote the configuration of an object, as far as it tells.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management (`managedFields`)
 */
export function writeTimes({ metadata }: KubernetesObject): readonly number[] {
  const managed: unknown = metadata.managedFields
  const times = [
    metadata.creationTimestamp,
    ...(Array.isArray(managed) ? managed : []).map((entry: unknown) =>
      typeof entry === 'object' && entry !== null && 'time' in entry && !('subresource' in entry)
        ? entry.time
        : undefined,
    ),
  ]
  return times.flatMap(time => {
    const moment = typeof time === 'string' ? Date.parse(time) : NaN
    return Number.isNaN(moment) ? [] : [moment]
  })
}
