import { describe, expect, test } from 'vitest'
import { ProblemError, type Problem } from '../../domain/problem.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient, KubernetesRequest } from '../clusters/kubernetes-client.ts'
import { reflect } from './reflector.ts'

/** What the server does with one watch: lines that it sends, and how the watch ends. */
type Watch = (string | { readonly fail: Problem })[]

const object = (name: string, version: number, value = ''): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, uid: `uid-${name}`, resourceVersion: String(version) },
  data: { value },
})
const event = (type: string, body: unknown): string => JSON.stringify({ type, object: body })
const bookmark = (version: number): string =>
  event('BOOKMARK', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { resourceVersion: String(version) } })
const gone = event('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' })
const cut = { fail: { code: 'unreachable', message: 'reset' } } as const
const busy = { fail: { code: 'unreachable', message: 'too many requests (429)' } } as const
const expired = { fail: { code: 'gone', message: 'expired' } } as const

/** Runs a reflector against lists and watches in their order, until the last watch has sent its lines. */
async function run(lists: KubernetesObject[][][], watches: Watch[]) {
  const stop = new AbortController()
  const copy = new Map<string, string>()
  const asked: string[] = []
  const problems: string[] = []
  const attempts: number[] = []
  let clock = 0
  let list = 0
  const client: KubernetesClient = {
    request: () => Promise.reject(new Error('not asked for')),
    readJson({ query }: KubernetesRequest) {
      const page = Number(query?.['continue'] ?? 0)
      if (page === 0) {
        attempts.push(clock)
        list += 1
      }
      asked.push(`list ${list}.${page}`)
      const pages = lists[Math.min(list, lists.length) - 1] ?? []
      return Promise.resolve({
        kind: 'ConfigMapList',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: String(list * 100),
          ...(page + 1 < pages.length ? { continue: String(page + 1) } : {}),
        },
        items: pages[page] ?? [],
      })
    },
    async *readLines({ query, onOpen }: KubernetesRequest) {
      if (asked.at(-1)?.startsWith('watch') === true) attempts.push(clock)
      asked.push(`watch ${String(query?.['resourceVersion'])}`)
      expect(query).toMatchObject({ watch: true, allowWatchBookmarks: true })
      const lines = watches.shift() ?? []
      if (typeof lines[0] !== 'object') onOpen?.()
      for (const line of lines) {
        await Promise.resolve()
        if (typeof line === 'object') throw new ProblemError(line.fail)
        yield line
      }
      if (watches.length === 0) stop.abort()
    },
  }
  await reflect({
    client,
    path: '/api/v1/configmaps',
    signal: stop.signal,
    now: () => clock,
    random: () => 0.5,
    pause(milliseconds) {
      clock += milliseconds
      return Promise.resolve()
    },
    listener: {
      replace(items) {
        copy.clear()
        for (const item of items) copy.set(item.metadata.name, item.metadata.resourceVersion ?? '')
      },
      put: item => void copy.set(item.metadata.name, item.metadata.resourceVersion ?? ''),
      remove: item => void copy.delete(item.metadata.name),
      fail: problem => problems.push(problem.message),
      open: () => problems.push('open'),
    },
  })
  const gaps = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0))
  return { copy: Object.fromEntries(copy), asked, problems, gaps }
}

const [a, b, c] = [object('a', 1), object('b', 2), object('c', 3)]
const last: Watch = [event('ADDED', object('end', 999))]

describe('the copy equals the server', () => {
  test.each<
    [
      string,
      KubernetesObject[][][],
      Watch[],
      { asked: string[]; copy: Record<string, string>; problems?: string[] },
    ]
  >([
    [
      'pages, then events',
      [[[a], [b], [c]]],
      [[event('MODIFIED', object('a', 101)), event('DELETED', b), ...last]],
      { asked: ['list 1.0', 'list 1.1', 'list 1.2', 'watch 100'], copy: { a: '101', c: '3', end: '999' } },
    ],
    [
      'resumes after a reset from the last event, without a list',
      [[[a]]],
      [[event('ADDED', object('b', 105)), cut], last],
      { asked: ['list 1.0', 'watch 100', 'watch 105'], copy: { a: '1', b: '105', end: '999' } },
    ],
    [
      'bookmarks alone move the version on',
      [[[a]]],
      [[bookmark(150), bookmark(180)], last],
      { asked: ['list 1.0', 'watch 100', 'watch 180'], copy: { a: '1', end: '999' } },
    ],
    [
      '410 in the watch: one list, and no failure is shown',
      [[[a, b]], [[a, c]]],
      [[gone], last],
      {
        asked: ['list 1.0', 'watch 100', 'list 2.0', 'watch 200'],
        copy: { a: '1', c: '3', end: '999' },
        problems: ['open', 'open'],
      },
    ],
    [
      '410 in the answer: one list',
      [[[a]], [[c]]],
      [[expired], last],
      { asked: ['list 1.0', 'watch 100', 'list 2.0', 'watch 200'], copy: { c: '3', end: '999' } },
    ],
    [
      'a broken line is not an event',
      [[[a]]],
      [[event('ADDED', object('b', 105)), '{"type":"ADDED","obj'], last],
      { asked: ['list 1.0', 'watch 100', 'watch 105'], copy: { a: '1', b: '105', end: '999' } },
    ],
    [
      'a line that stays broken ends in a list',
      [[[a]], [[a, b]]],
      [['{'], ['{'], ['{'], ['{'], ['{'], last],
      {
        asked: [
          'list 1.0',
          'watch 100',
          'watch 100',
          'watch 100',
          'watch 100',
          'watch 100',
          'list 2.0',
          'watch 200',
        ],
        copy: { a: '1', b: '2', end: '999' },
      },
    ],
    [
      'only what lasts is told, once, and that it is over',
      [[[a]]],
      [[busy], [busy], [busy], [busy], last],
      {
        asked: ['list 1.0', 'watch 100', 'watch 100', 'watch 100', 'watch 100', 'watch 100'],
        copy: { a: '1', end: '999' },
        problems: ['too many requests (429)', 'open'],
      },
    ],
  ])('%s', async (_name, lists, watches, expected) => {
    const result = await run(lists, watches)
    expect({ asked: result.asked, copy: result.copy }).toEqual({ asked: expected.asked, copy: expected.copy })
    if (expected.problems) expect(result.problems).toEqual(expected.problems)
  })

  test('never two attempts in one second', async () => {
    const { gaps } = await run([[[a]]], [[cut], [gone], [], [busy], ['{'], [gone], [cut], last])
    expect(gaps.length).toBeGreaterThan(6)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000)
  })
})
