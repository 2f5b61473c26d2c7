import { resourceIdOf, resourceKey, type KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { PastChange } from './objects-at.ts'
import { isSameConfiguration } from './same-configuration.ts'

/** What watches saw change, bounded in time and size: the oldest goes first. */
export interface WatchHistory {
  /** The oldest first. */
  readonly changes: readonly (PastChange & { readonly bytes: number })[]
  /** Milliseconds since 1970: every change after this moment is here. */
  readonly knownSince: number
}

export interface HistoryLimits {
  readonly retentionMs: number
  readonly maxBytes: number
}

/** As far back as traces are searched by default, several times over, and little beside the live copy of a cluster. */
export const HISTORY_LIMITS: HistoryLimits = { retentionMs: 6 * 60 * 60_000, maxBytes: 16 * 1024 * 1024 }

/** A history that begins at a moment. */
export const beginHistory = (at: number): WatchHistory => ({ changes: [], knownSince: at })

/**
 * Kinds that choose no route and that change all the time: with them the history would reach minutes back, not hours.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['EndpointSlice', 'Deployment', 'StatefulSet', 'DaemonSet'])

/**
 * What is different between two lists of one kind, where the second was seen at `at`. `from` is the earliest moment at
 * which it can have happened, where the list was not followed for a time.
 */
export function changesBetween(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  { at, from = at }: { readonly at: number; readonly from?: number },
): readonly PastChange[] {
  if (LEFT_OUT.has(before[0]?.kind ?? after[0]?.kind ?? '')) return []
  const old = new Map(before.map(object => [resourceKey(resourceIdOf(object)), object]))
  const changes: PastChange[] = []
  for (const object of after) {
    const id = resourceIdOf(object)
    const key = resourceKey(id)
    const known = old.get(key)
    old.delete(key)
    if (known === undefined || !isSameConfiguration(known, object))
      changes.push({ at, from, id, before: known })
  }
  for (const object of old.values()) changes.push({ at, from, id: resourceIdOf(object), before: object })
  return changes
}

/** The history with further changes, within the limits. */
export function extendHistory(
  { changes, knownSince }: WatchHistory,
  added: readonly PastChange[],
  now: number,
  { retentionMs, maxBytes }: HistoryLimits = HISTORY_LIMITS,
): WatchHistory {
  const all = [
    ...changes,
    ...added.map(change => ({ ...change, bytes: JSON.stringify(change.before ?? null).length })),
  ]
  let bytes = all.reduce((sum, change) => sum + change.bytes, 0)
  let first = 0
  let known = Math.max(knownSince, now - retentionMs)
  for (; first < all.length; first++) {
    const oldest = all[first]
    if (oldest === undefined || (bytes <= maxBytes && oldest.at >= now - retentionMs)) break
    bytes -= oldest.bytes
    known = Math.max(known, oldest.at)
  }
  return { changes: all.slice(first), knownSince: known }
}
