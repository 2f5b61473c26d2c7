// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ProblemError } from '../../domain/problem.ts'
import type { Draft, DraftEvent, TextOrigin } from '../../shared/contract/workspace.ts'

/** A backend in memory, as `shareDrafts` is on disk. */
function createBackend() {
  const drafts = new Map<string, Draft>()
  const revisions = new Map<string, number>()
  const readers = new Set<(event: DraftEvent) => void>()
  const assertNewest = (id: string, revision: number | undefined): void => {
    if (revision !== undefined && revision !== (revisions.get(id) ?? 0))
      throw new ProblemError({ code: 'conflict', message: 'changed' })
  }
  const count = (id: string): number => {
    revisions.set(id, (revisions.get(id) ?? 0) + 1)
    return revisions.get(id) ?? 0
  }
  return {
    drafts,
    listDrafts: () => Promise.resolve([...drafts.values()]),
    async saveDraft({ revision, window = '', ...text }: Omit<Draft, 'changedAt'> & Marks) {
      await Promise.resolve()
      assertNewest(text.id, revision)
      const draft = { ...text, changedAt: 1 }
      drafts.set(draft.id, draft)
      const next = count(draft.id)
      for (const tell of readers) tell({ kind: 'saved', draft, revision: next, window })
      return { revision: next }
    },
    async discardDraft({
      id,
      revision,
      window = '',
      base,
    }: { id: string; base?: string | undefined } & Marks) {
      await Promise.resolve()
      assertNewest(id, revision)
      drafts.delete(id)
      const next = count(id)
      for (const tell of readers) tell({ kind: 'removed', id, revision: next, window, base: base ?? null })
      return { revision: next }
    },
    async *watchDrafts(_input: unknown, signal?: AbortSignal): AsyncGenerator<DraftEvent> {
      const waiting: DraftEvent[] = [
        { kind: 'all', drafts: [...drafts.values()], revisions: Object.fromEntries(revisions) },
      ]
      let wake = (): void => {}
      readers.add(event => {
        waiting.push(event)
        wake()
      })
      signal?.addEventListener('abort', () => wake())
      while (signal?.aborted !== true) {
        const event = waiting.shift()
        if (event) yield event
        else await new Promise<void>(resolve => (wake = resolve))
      }
    },
  }
}
interface Marks {
  readonly revision?: number | undefined
  readonly window?: string | undefined
}

const origin: TextOrigin = { kind: 'pasted', title: 'Untitled-1' }
const BASE = 'a: 1\nb: 2\nc: 3\n'
type Window = Awaited<ReturnType<typeof importState>>

async function importState() {
  return { ...(await import('./drafts.ts')), ...(await import('./notices.ts')) }
}

describe('two windows on one draft', () => {
  let backend: ReturnType<typeof createBackend>
  let windows: Window[] = []
  let stops: (() => void)[] = []
  const wait = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(1_000)
  }

  /** Each with modules, and so a state, of its own. */
  async function openWindow(): Promise<Window> {
    vi.resetModules()
    const state = await importState()
    stops.push(await state.followDrafts(backend))
    windows.push(state)
    return state
  }
  const textsOf = (id: string): (string | undefined)[] =>
    windows.map(({ drafts }) => drafts.value.get(id)?.text)

  beforeEach(() => {
    vi.useFakeTimers()
    backend = createBackend()
    windows = []
    stops = []
  })
  afterEach(() => {
    for (const stop of stops) stop()
    vi.useRealTimers()
  })

  test('an edit in one shows in the other, and is stored once', async () => {
    const [one, other] = [await openWindow(), await openWindow()]
    const save = vi.spyOn(backend, 'saveDraft')
    const id = one.openText(origin, BASE)
    one.changeText(id, `${BASE}d: 4\n`)
    await wait()
    expect(textsOf(id)).toEqual([`${BASE}d: 4\n`, `${BASE}d: 4\n`])
    other.changeText(id, `${BASE}d: 5\n`)
    await wait()
    await wait()
    expect(textsOf(id)).toEqual([`${BASE}d: 5\n`, `${BASE}d: 5\n`])
    expect(save).toHaveBeenCalledTimes(2)
  })

  test('edits of different lines at the same moment are both kept', async () => {
    const [one, other] = [await openWindow(), await openWindow()]
    const id = one.openText(origin, BASE)
    other.openText(origin, BASE)
    one.changeText(id, BASE.replace('a: 1', 'a: 8'))
    other.changeText(id, BASE.replace('c: 3', 'c: 9'))
    await wait()
    expect(textsOf(id)).toEqual(['a: 8\nb: 2\nc: 9\n', 'a: 8\nb: 2\nc: 9\n'])
    expect(backend.drafts.get(id)?.text).toBe('a: 8\nb: 2\nc: 9\n')
    expect(windows.flatMap(({ notices }) => notices.value)).toEqual([])
  })

  test('edits of the same line are told where one gives way, and can be had back', async () => {
    const [one, other] = [await openWindow(), await openWindow()]
    const id = one.openText(origin, BASE)
    other.openText(origin, BASE)
    one.changeText(id, BASE.replace('a: 1', 'a: 8'))
    other.changeText(id, BASE.replace('a: 1', 'a: 9'))
    await wait()
    expect(textsOf(id)).toEqual(['a: 8\nb: 2\nc: 3\n', 'a: 8\nb: 2\nc: 3\n'])
    const notice = other.notices.value.find(({ kind }) => kind === 'warning')
    notice?.action?.run()
    await wait()
    expect(textsOf(id)).toEqual(['a: 9\nb: 2\nc: 3\n', 'a: 9\nb: 2\nc: 3\n'])
  })

  test('a draft that is applied or discarded in one is unchanged in the other, and one that is closed goes', async () => {
    const [one, other] = [await openWindow(), await openWindow()]
    const id = one.openText(origin, BASE)
    one.changeText(id, 'a: 2\n')
    await wait()
    one.rebaseDraft(id, 'a: 2\n')
    await wait()
    expect(other.drafts.value.get(id)).toMatchObject({ base: 'a: 2\n', text: 'a: 2\n' })
    one.discardDraft(id)
    await wait()
    expect(textsOf(id)).toEqual([undefined, undefined])
  })

  test('a window that opens later can go on with the draft', async () => {
    const one = await openWindow()
    const id = one.openText(origin, BASE)
    one.changeText(id, 'a: 2\n')
    await wait()
    const other = await openWindow()
    await wait()
    other.changeText(id, 'a: 3\n')
    await wait()
    expect(textsOf(id)).toEqual(['a: 3\n', 'a: 3\n'])
  })
})
