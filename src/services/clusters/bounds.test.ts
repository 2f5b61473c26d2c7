import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { discoverTypes } from '../resources/discovery.ts'
import { reflect } from '../resources/reflector.ts'
import { createLogs } from '../logs/logs.ts'
import {
  clusterOf,
  createClusterFixture,
  kubeconfigOf,
  problemOf,
  type ClusterFixture,
} from './cluster-fixture.ts'
import type { KubernetesClient } from './kubernetes-client.ts'
import { readList } from './list-pages.ts'
import { readItems } from './list-items.ts'
import { isDeeperThan, readText } from './response-body.ts'
import { readServerVersion } from './server-version.ts'

let fixture: ClusterFixture
beforeEach(async () => (fixture = await createClusterFixture()))
afterEach(() => fixture.close())

const never = new AbortController().signal

async function clientOf(answer: RequestListener): Promise<KubernetesClient> {
  const server = await fixture.serve({ answer })
  return (await fixture.open(kubeconfigOf(clusterOf(server), 'token: a'))).client('c')
}

/** Writes until the other side has had enough. */
async function writeWithoutEnd(response: ServerResponse, piece: string): Promise<void> {
  while (!response.destroyed)
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')])
}
const megabyte = 'x'.repeat(1024 * 1024)

describe('an answer without an end is a problem, and the rest goes on', () => {
  test('a body', async () => {
    const client = await clientOf((request, response) => {
      if (request.url === '/version') response.end('{}')
      else void writeWithoutEnd(response, megabyte)
    })
    expect(await problemOf(client.request({ path: '/a', maxBodyBytes: 3_000_000 }))).toMatchObject({
      code: 'too-large',
    })
    expect(await client.readJson({ path: '/version' })).toEqual({})
  })

  test('a body that says what went wrong', async () => {
    const client = await clientOf((_request, response) => {
      response.writeHead(500)
      void writeWithoutEnd(response, megabyte)
    })
    expect(await problemOf(client.readJson({ path: '/a' }))).toMatchObject({ code: 'unreachable' })
  })

  test('the line of a watch', async () => {
    const client = await clientOf((_request, response) => void writeWithoutEnd(response, megabyte))
    const lines = client.readLines({ path: '/a', query: { watch: true } })[Symbol.asyncIterator]()
    expect(await problemOf(lines.next())).toMatchObject({ code: 'too-large' })
  })

  test('the line of a log is cut, and the next one is read', async () => {
    const server = await fixture.serve({
      answer: (_request, response) => response.end(`${'x'.repeat(200_000)}\nnext\n`),
    })
    const clusters = await fixture.open(kubeconfigOf(clusterOf(server), 'token: a'))
    const lines: string[] = []
    const input = { context: 'c', namespace: 'n', pod: 'p', container: 'c', tail: 10 }
    for await (const batch of createLogs({ clusters }).watchLogs(input, never)) lines.push(...batch.lines)
    expect(lines.map(({ length }) => length < 70_000)).toEqual([true, true])
    expect(lines[1]).toBe('next')
  })

  test('the line of a log that never ends is shown as far as it is kept', async () => {
    const server = await fixture.serve({
      answer: (_request, response) => void writeWithoutEnd(response, megabyte),
    })
    const clusters = await fixture.open(kubeconfigOf(clusterOf(server), 'token: a'))
    const input = { context: 'c', namespace: 'n', pod: 'p', container: 'c', tail: 10 }
    for await (const { lines } of createLogs({ clusters }).watchLogs(input, never)) {
      expect(lines.map(({ length }) => length > 60_000 && length < 70_000)).toEqual([true])
      break
    }
  })

  test.each([
    ['that comes again', () => 'same'],
    ['that is always another', (page: number) => String(page)],
  ])('a list with a continue %s', async (_name, next) => {
    let pages = 0
    const client = await clientOf((_request, response) =>
      response.end(
        JSON.stringify({ metadata: { continue: next(++pages) }, items: [{ metadata: { name: 'a' } }] }),
      ),
    )
    const limits = { maxPages: 20, maxItems: 1000, maxBytes: 1_000_000 }
    expect(await problemOf(readList(client, { path: '/a' }, never, limits))).toMatchObject({
      code: 'too-large',
    })
    expect(pages).toBeLessThanOrEqual(20)
  })

  test('headers', async () => {
    const client = await clientOf((_request, response) =>
      response.setHeader('x', 'y'.repeat(60_000)).end('{}'),
    )
    expect(await problemOf(client.readJson({ path: '/a' }))).toMatchObject({ code: 'too-large' })
  })

  test('JSON that is nested without end', async () => {
    const client = await clientOf((_request, response) =>
      response.end('['.repeat(100_000) + ']'.repeat(100_000)),
    )
    expect(await problemOf(client.readJson({ path: '/a' }))).toMatchObject({ code: 'too-large' })
    expect(isDeeperThan(`["${'['.repeat(50)}\\"${'{'.repeat(50)}", {}]`, 2)).toBe(false)
  })
})

describe('null where an object belongs is left out and told', () => {
  const good = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'good', resourceVersion: '2' } }
  const odd: unknown[] = [
    null,
    7,
    'a',
    [],
    {},
    { metadata: null },
    { metadata: { name: null } },
    { metadata: { name: 5 } },
  ]

  test.each([
    ['items', { kind: 'PodList', apiVersion: 'v1', items: [...odd, good] }, ['good'], 'invalid'],
    ['no items', { kind: 'PodList', items: null }, [], undefined],
    ['no answer', null, [], undefined],
    ['metadata', { kind: 'PodList', metadata: null, items: [good] }, ['good'], undefined],
  ])('in a list: %s', async (_name, answer, names, code) => {
    const client = await clientOf((_request, response) => response.end(JSON.stringify(answer)))
    const { items, problem } = await readList(client, { path: '/a' }, never)
    expect(items.map(({ metadata }) => metadata.name)).toEqual(names)
    expect(problem?.code).toBe(code)
    if (code !== undefined) expect(problem?.message).toContain('Pod')
  })

  test('labels, annotations and owners of an object', async () => {
    const metadata = {
      name: 'a',
      labels: null,
      annotations: { a: null, b: 'c' },
      ownerReferences: [null],
      finalizers: 'x',
      uid: 5,
    }
    const client = await clientOf((_request, response) =>
      response.end(JSON.stringify({ items: [{ metadata }] })),
    )
    const { items } = await readList(client, { path: '/a' }, never)
    expect(items[0]?.metadata).toEqual({ name: 'a', annotations: { b: 'c' }, ownerReferences: [] })
  })

  test('in events of a watch', async () => {
    const stop = new AbortController()
    const told: string[] = []
    const events = [
      ...odd.map(object => ({ type: 'ADDED', object: object ?? {} })),
      { type: 'BOOKMARK', object: { metadata: null } },
      { type: 'ADDED', object: good },
    ]
    await reflect({
      path: '/pods',
      signal: stop.signal,
      pause: () => Promise.resolve(),
      client: {
        request: () => Promise.reject(new Error('not here')),
        readJson: () => Promise.resolve({ kind: 'PodList', metadata: { resourceVersion: '1' }, items: null }),
        // eslint-disable-next-line @typescript-eslint/require-await -- the events are there
        async *readLines() {
          for (const event of events) yield JSON.stringify(event)
        },
      },
      listener: {
        replace: items => void told.push(`replace ${items.length}`),
        put(object) {
          told.push(`put ${object.metadata.name}`)
          stop.abort()
        },
        remove: () => void told.push('remove'),
        fail: ({ code }) => void told.push(code),
        open: () => {},
      },
    })
    expect([told[0], told.at(-1)]).toEqual(['replace 0', 'put good'])
    expect(new Set(told.slice(1, -1))).toEqual(new Set(['invalid']))
  })

  test('in discovery', async () => {
    const resources = [
      null,
      { resource: null },
      {
        resource: 'pods',
        scope: 'Namespaced',
        verbs: null,
        shortNames: [null],
        responseKind: { kind: 'Pod' },
      },
      { resource: 'x', responseKind: null },
    ]
    const client = await clientOf((request, response) =>
      response.end(
        JSON.stringify(
          request.url === '/api'
            ? {
                kind: 'APIGroupDiscoveryList',
                items: [
                  null,
                  {
                    metadata: null,
                    versions: [null, { version: null, resources }, { version: 'v1', resources }],
                  },
                ],
              }
            : null,
        ),
      ),
    )
    expect((await discoverTypes(client, never)).map(({ plural, verbs }) => [plural, verbs])).toEqual([
      ['pods', []],
    ])
  })
})

test.each([['null'], ['{}'], ['{"items": null}'], ['{"items": [null, 7, {"metadata": null}]}']])(
  'a list of %s has no items, and is no error',
  async body => {
    const client = await clientOf((_request, response) => response.end(body))
    expect(await readItems(client, { path: '/api/v1/nodes' }, never)).toEqual([])
  },
)

test.each([['null'], ['{"gitVersion": null}'], ['[]']])('the version %s is none', async body => {
  const client = await clientOf((_request, response) => response.end(body))
  expect(await readServerVersion(client, never)).toBe('')
})

test('a body that never ends is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const body = new Readable({ read() {} })
  body.push('x')
  const read = readText(body).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(120_000)
  vi.useRealTimers()
  expect(await read).toMatchObject({ code: 'ETIMEDOUT' })
  expect(body.destroyed).toBe(true)
})
