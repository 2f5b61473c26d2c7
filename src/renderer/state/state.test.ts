// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ProblemError } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { ResourceEvent } from '../../shared/contract/resources.ts'
import type { TextOrigin } from '../../shared/contract/workspace.ts'
import { isShortcut } from '../shortcuts.ts'
import {
  changeText,
  changedDrafts,
  discardDraft,
  draftIdOf,
  drafts,
  followDrafts,
  openText,
  rebaseDraft,
} from './drafts.ts'
import { follow, type Pause } from './follow.ts'
import { versionOfImage } from './mesh.ts'
import { dismissNotice, notices } from './notices.ts'
import { applyResourceEvent } from './resource-store.ts'

const problem = { code: 'unreachable', message: 'no answer' } as const

describe('follow', () => {
  test('begins again with growing waits, and from the first wait after an item', async () => {
    const waits: number[] = []
    const told: string[] = []
    const pause: Pause = milliseconds => {
      waits.push(milliseconds)
      return Promise.resolve()
    }
    let attempt = 0
    await new Promise<void>(resolve => {
      const following = follow(
        async function* () {
          attempt += 1
          await Promise.resolve()
          if (attempt === 4) yield 'item'
          if (attempt === 6) {
            following.stop()
            resolve()
          }
          throw new ProblemError(problem)
        },
        item => told.push(item),
        found => told.push(found.message),
        pause,
      )
    })
    expect(waits).toEqual([1_000, 2_000, 4_000, 1_000, 2_000])
    expect(told).toEqual(['no answer', 'no answer', 'no answer', 'item', 'no answer', 'no answer'])
  })

  test('does not repeat what would fail the same way', async () => {
    const pause = vi.fn<Pause>(() => Promise.resolve())
    await new Promise<void>(resolve => {
      follow(
        async function* (): AsyncGenerator<never> {
          await Promise.resolve()
          throw new ProblemError({ code: 'bad-input', message: 'wrong' })
        },
        () => {},
        () => resolve(),
        pause,
      )
    })
    expect(pause).not.toHaveBeenCalled()
  })
})

describe('applyResourceEvent', () => {
  const type = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', isNamespaced: true }
  const pod = (uid: string, name: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { uid, name },
  })
  const events: readonly ResourceEvent[] = [
    { kind: 'snapshot', type, items: [pod('1', 'a'), pod('2', 'b')] },
    { kind: 'changes', type, put: [pod('2', 'b2'), pod('3', 'c')], removed: ['1'] },
    { kind: 'failed', type, problem },
    { kind: 'changes', type, put: [], removed: ['3'] },
  ]
  test.each([
    [1, ['a', 'b'], undefined],
    [2, ['b2', 'c'], undefined],
    [3, ['b2', 'c'], 'no answer'],
    [4, ['b2'], undefined],
  ])('after %i events', (count, names, message) => {
    const list = events
      .slice(0, count)
      .reduce<ReturnType<typeof applyResourceEvent> | undefined>(applyResourceEvent, undefined)
    expect([...(list?.items.values() ?? [])].map(({ metadata }) => metadata.name)).toEqual(names)
    expect(list?.problem?.message).toBe(message)
  })
})

describe('drafts', () => {
  const origin: TextOrigin = { kind: 'file', path: '/x/a.yaml' }
  const id = draftIdOf(origin)
  const saveDraft = vi.fn(() => Promise.resolve({ revision: 1 }))
  const forget = vi.fn(() => Promise.resolve({ revision: 2 }))
  let stop = (): void => {}
  beforeEach(async () => {
    vi.useFakeTimers()
    drafts.value = new Map()
    stop = await followDrafts({
      saveDraft,
      discardDraft: forget,
      listDrafts: () => Promise.resolve([]),
      async *watchDrafts(_input, signal) {
        await new Promise(resolve => signal?.addEventListener('abort', resolve))
        yield* []
      },
    })
  })
  afterEach(() => {
    stop()
    vi.useRealTimers()
    vi.clearAllMocks()
  })

  test('an opened text is no draft until it is changed; keystrokes are saved together within 150 ms', async () => {
    openText(origin, 'a')
    expect(changedDrafts.value).toEqual([])
    changeText(id, 'ab')
    await vi.advanceTimersByTimeAsync(100)
    changeText(id, 'abc')
    expect(saveDraft).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(50)
    expect(saveDraft.mock.calls).toMatchObject([[{ id, origin, base: 'a', text: 'abc', revision: 0 }]])
    expect(changedDrafts.value.map(draft => draft.text)).toEqual(['abc'])
  })

  test('opening again keeps the changes of the user, and takes the new base where there are none', () => {
    openText(origin, 'a')
    openText(origin, 'new')
    expect(drafts.value.get(id)?.text).toBe('new')
    changeText(id, 'mine')
    openText(origin, 'newer')
    expect(drafts.value.get(id)).toMatchObject({ base: 'new', text: 'mine' })
  })

  test('a text that is back at its base is forgotten on disk and stays open', async () => {
    openText(origin, 'a')
    changeText(id, 'b')
    rebaseDraft(id, 'b')
    await vi.advanceTimersByTimeAsync(150)
    expect(saveDraft).not.toHaveBeenCalled()
    expect(forget.mock.calls).toMatchObject([[{ id, base: 'b' }]])
    expect(drafts.value.has(id)).toBe(true)
    discardDraft(id)
    expect(drafts.value.has(id)).toBe(false)
  })

  test('a text that could not be stored is said and saved by the next attempt', async () => {
    saveDraft.mockRejectedValueOnce(new ProblemError({ code: 'disk', message: 'disk is full' }))
    openText(origin, 'a')
    changeText(id, 'b')
    await vi.advanceTimersByTimeAsync(150)
    const notice = notices.value.find(({ kind }) => kind === 'bad')
    expect(notice?.problem?.message).toBe('disk is full')
    notice?.action?.run()
    expect(saveDraft).toHaveBeenCalledTimes(2)
    if (notice) dismissNotice(notice.id)
  })

  test('ids are the same for the same object in another version, and fit for a file name', () => {
    const object = {
      kind: 'object',
      context: 'c',
      objectKind: 'VirtualService',
      namespace: 'default',
      name: 'my.app',
    } as const
    const ids = ['networking.istio.io/v1', 'networking.istio.io/v1beta1'].map(apiVersion =>
      draftIdOf({ ...object, apiVersion }),
    )
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).toMatch(/^virtualservice-my-app-[0-9a-f]{16}$/)
    expect(draftIdOf({ ...object, apiVersion: 'v1', context: 'd' })).not.toBe(ids[0])
  })
})

test.each([
  ['docker.io/istio/pilot:1.31.0-distroless', '1.31.0'],
  ['localhost:5000/pilot:1.29.2@sha256:abc', '1.29.2'],
  ['localhost:5000/pilot', ''],
  ['pilot', ''],
])('the version of %s is %s', (image, version) => {
  expect(versionOfImage(image)).toBe(version)
})

test.each([
  ['Ctrl+K', { key: 'k', ctrlKey: true }, true],
  ['Ctrl+K', { key: 'k', metaKey: true }, true],
  ['Ctrl+K', { key: 'k' }, false],
  ['Ctrl+K', { key: 'K', ctrlKey: true, shiftKey: true }, false],
  ['Shift+F6', { key: 'F6', shiftKey: true }, true],
  ['F6', { key: 'F6', shiftKey: true }, false],
])('%s fits %o: %s', (shortcut, keys, fits) => {
  const event = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...keys }
  expect(isShortcut(event, shortcut)).toBe(fits)
})
