import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import type { DraftEvent } from '../../shared/contract/workspace.ts'
import { createDrafts } from './drafts.ts'
import { shareDrafts } from './shared-drafts.ts'

let folder = ''
const end = new AbortController()
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shared-drafts-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const draft = { id: 'x', origin: { kind: 'pasted', title: 'x' } as const, base: '', text: 'a: 1\n' }
const { signal } = end

async function take(events: AsyncIterator<DraftEvent>, count: number): Promise<DraftEvent[]> {
  const found: DraftEvent[] = []
  while (found.length < count) {
    const next = await events.next()
    if (next.done === true) break
    found.push(next.value)
  }
  return found
}

describe('drafts that several windows have open', () => {
  test('tell each window what the others stored, in order', async () => {
    const drafts = shareDrafts(createDrafts({ folder, now: () => 7 }))
    const events = drafts.watchDrafts(undefined, signal)[Symbol.asyncIterator]()
    expect(await take(events, 1)).toEqual([{ kind: 'all', drafts: [], revisions: {} }])
    await drafts.saveDraft({ ...draft, window: 'one' }, signal)
    await drafts.discardDraft({ id: 'x', window: 'two', base: '' }, signal)
    await drafts.discardDraft({ id: 'x' }, signal)
    expect(await take(events, 3)).toEqual([
      { kind: 'saved', draft: { ...draft, changedAt: 7 }, revision: 1, window: 'one' },
      { kind: 'removed', id: 'x', revision: 2, window: 'two', base: '' },
      { kind: 'removed', id: 'x', revision: 3, window: '', base: null },
    ])
  })

  test('a change that is based on an older one is rejected, and nothing is written', async () => {
    const drafts = shareDrafts(createDrafts({ folder, now: () => 7 }))
    const { revision } = await drafts.saveDraft({ ...draft, revision: 0 }, signal)
    const results = await Promise.all([
      drafts.saveDraft({ ...draft, text: 'one', revision }, signal).catch(toProblem),
      drafts.saveDraft({ ...draft, text: 'two', revision }, signal).catch(toProblem),
      drafts.discardDraft({ id: 'x', base: '', revision }, signal).catch(toProblem),
    ])
    expect(results).toMatchObject([{ revision: 2 }, { code: 'conflict' }, { code: 'conflict' }])
    expect(await drafts.listDrafts(undefined, signal)).toMatchObject([{ text: 'one' }])
  })

  test('a window that opens later, or that was too slow, is told everything', async () => {
    const drafts = shareDrafts(createDrafts({ folder, now: () => 7 }))
    const slow = drafts.watchDrafts(undefined, signal)[Symbol.asyncIterator]()
    await take(slow, 1)
    for (let count = 0; count < 205; count++)
      await drafts.saveDraft({ ...draft, text: String(count) }, signal)
    expect(await take(slow, 1)).toMatchObject([
      { kind: 'all', drafts: [{ text: '204' }], revisions: { x: 205 } },
    ])
    const late = drafts.watchDrafts(undefined, signal)[Symbol.asyncIterator]()
    expect(await take(late, 1)).toMatchObject([{ kind: 'all', revisions: { x: 205 } }])
  })
})
