import { ProblemError } from '../../domain/problem.ts'
import type { Backend } from '../../shared/contract.ts'
import type { DraftEvent } from '../../shared/contract/workspace.ts'
import type { Drafts } from './drafts.ts'
import { createQueue } from './queue.ts'

/** Events that wait for a slow window; one that has more is told everything anew. */
const MAX_WAITING_EVENTS = 200

interface Reader {
  waiting: DraftEvent[]
  isBehind: boolean
  wake: () => void
}

/**
 * Drafts that several windows have open: each is told what the others stored. A draft counts its changes, and one that
 * is based on an older count is rejected with `conflict`, so that no window erases another's words unseen.
 */
export function shareDrafts(
  drafts: Drafts,
): Pick<Backend, 'listDrafts' | 'saveDraft' | 'discardDraft' | 'watchDrafts'> {
  const inOrder = createQueue()
  const revisions = new Map<string, number>()
  const readers = new Set<Reader>()
  const revisionOf = (id: string): number => revisions.get(id) ?? 0

  function assertNewest(id: string, revision: number | undefined): void {
    if (revision !== undefined && revision !== revisionOf(id))
      throw new ProblemError({ code: 'conflict', message: 'Another window changed this text' })
  }

  function publish(event: DraftEvent): void {
    for (const reader of readers) {
      if (reader.waiting.length < MAX_WAITING_EVENTS) reader.waiting.push(event)
      else reader.isBehind = true
      reader.wake()
    }
  }

  function count(id: string): number {
    const next = revisionOf(id) + 1
    revisions.set(id, next)
    return next
  }

  const listAll = async (signal: AbortSignal): Promise<DraftEvent> => {
    const all = await drafts.listDrafts(undefined, signal)
    return { kind: 'all', drafts: all, revisions: Object.fromEntries(revisions) }
  }

  return {
    listDrafts: (_input, signal) => drafts.listDrafts(undefined, signal),
    saveDraft: ({ window, revision, ...draft }, signal) =>
      inOrder(draft.id, async () => {
        assertNewest(draft.id, revision)
        const stored = await drafts.saveDraft(draft, signal)
        const next = count(draft.id)
        publish({ kind: 'saved', draft: stored, revision: next, window: window ?? '' })
        return { revision: next }
      }),
    discardDraft: ({ id, window, revision, base }, signal) =>
      inOrder(id, async () => {
        assertNewest(id, revision)
        await drafts.discardDraft({ id }, signal)
        const next = count(id)
        publish({ kind: 'removed', id, revision: next, window: window ?? '', base: base ?? null })
        return { revision: next }
      }),
    async *watchDrafts(_input, signal) {
      const reader: Reader = { waiting: [], isBehind: true, wake: () => {} }
      const wake = (): void => reader.wake()
      readers.add(reader)
      signal.addEventListener('abort', wake)
      try {
        while (!signal.aborted) {
          const event = reader.isBehind ? undefined : reader.waiting.shift()
          if (event !== undefined) yield event
          else if (reader.isBehind) {
            reader.isBehind = false
            reader.waiting = []
            yield await listAll(signal)
          } else await new Promise<void>(resolve => (reader.wake = resolve))
        }
      } finally {
        readers.delete(reader)
        signal.removeEventListener('abort', wake)
      }
    },
  }
}
