import { request } from 'node:http'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { meshKindOf } from '../../domain/kubernetes/kinds.ts'
import { fieldsOf } from '../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { groupOf } from '../../domain/kubernetes/kubernetes-object.ts'
import { MemoryStore } from '../api/memory-store.ts'
import type { CollectionName } from '../store.ts'
import { collections } from './collections.ts'
import { firstObjects } from './first-objects.ts'
import type { World } from './start-world.ts'
import { startWorld } from './start-world.ts'

const resources = join(import.meta.dirname, '../../../resources')

const collectionOf = ({ apiVersion, kind }: KubernetesObject) => {
  const group = groupOf(apiVersion)
  return { group, plural: meshKindOf(group, kind)?.plural ?? `${kind.toLowerCase()}s` }
}

/** mulberry32: chance that is the same in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A world over the playground's first objects, in simulated time: `pass` moves it on. */
export interface TestWorld {
  readonly store: MemoryStore
  readonly world: World
  readonly stop: () => void
}

/** The part of vitest's clock that a world is moved with. */
export interface TestClock {
  useFakeTimers(options: {
    readonly now: number
    readonly toFake: ('setTimeout' | 'setInterval' | 'clearTimeout' | 'clearInterval' | 'Date')[]
  }): unknown
  useRealTimers(): unknown
  advanceTimersByTimeAsync(milliseconds: number): Promise<unknown>
}

let current: (TestWorld & { readonly clock: TestClock }) | undefined

/** Starts a world, with more objects than the first ones where they are given. */
export function startTestWorld(clock: TestClock, more = ''): TestWorld {
  clock.useFakeTimers({
    now: Date.parse('2026-01-02T03:04:05Z'),
    toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'],
  })
  const store = new MemoryStore()
  for (const object of firstObjects(resources)) store.create(collectionOf(object), object)
  for (const document of parseAllDocuments(more)) {
    const object = document.toJS() as KubernetesObject
    store.create(collectionOf(object), inNamespace(object))
  }
  const world = startWorld({ store, random: seeded(7) })
  current = {
    clock,
    store,
    world,
    stop: () => {
      world.stop()
      clock.useRealTimers()
      current = undefined
    },
  }
  return current
}

function running(): NonNullable<typeof current> {
  if (current === undefined) throw new Error('no world runs')
  return current
}

const CLUSTER_SCOPED = new Set(['Namespace', 'GatewayClass', 'IngressClass'])

const inNamespace = (object: KubernetesObject): KubernetesObject =>
  CLUSTER_SCOPED.has(object.kind)
    ? object
    : { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? 'default' } }

export const pass = (seconds: number): Promise<unknown> =>
  running().clock.advanceTimersByTimeAsync(seconds * 1000)

export const pods = (prefix = '', namespace = 'default'): readonly KubernetesObject[] =>
  running()
    .store.list(collections.pods, namespace)
    .filter(pod => pod.metadata.name.startsWith(prefix))

/** Creates what the YAML says, or replaces it. */
export function apply(text: string): void {
  const { store } = running()
  for (const document of parseAllDocuments(text)) {
    const object = inNamespace(document.toJS() as KubernetesObject)
    const { name, namespace } = object.metadata
    const collection = collectionOf(object)
    const existing = store.get(collection, namespace, name)
    if (existing)
      store.update(collection, {
        ...existing,
        ...object,
        metadata: { ...existing.metadata, ...object.metadata },
      })
    else store.create(collection, object)
  }
}

/** Changes the labels of an object; undefined takes one away. */
export function label(
  collection: CollectionName,
  namespace: string | undefined,
  name: string,
  labels: Readonly<Record<string, string | undefined>>,
): void {
  const { store } = running()
  const object = store.get(collection, namespace, name)
  if (object === undefined) throw new Error(name)
  const merged = Object.entries({ ...object.metadata.labels, ...labels }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  )
  store.update(collection, {
    ...object,
    metadata: { ...object.metadata, labels: Object.fromEntries(merged) },
  })
}

export function remove(collection: CollectionName, namespace: string, name: string): void {
  running().store.remove(collection, namespace, name)
}

export async function get(pod: KubernetesObject, port: number, path: string, headers = {}): Promise<string> {
  const connection = running().world.workloads.connect(pod, port)
  if (connection === undefined) throw new Error(`nothing listens on ${port}`)
  const answer = new Promise<string>((resolve, reject) => {
    const sent = request({ createConnection: () => connection, path, headers }, response => {
      let body = ''
      response.on('data', part => (body += String(part)))
      response.on('end', () => resolve(`${response.statusCode ?? 0} ${body}`))
    })
    sent.on('error', reject)
    sent.end()
  })
  // The answer comes when its simulated time has passed; the streams need real turns of the event loop.
  const turn = async (): Promise<undefined> => {
    await new Promise(resolve => setImmediate(resolve))
    await running().clock.advanceTimersByTimeAsync(20)
    return undefined
  }
  for (;;) {
    const text = await Promise.race([answer, turn()])
    if (text !== undefined) return text
  }
}

/** The counters of the proxies of some pods, as label → value sums over the wanted labels. */
export async function count(
  from: readonly KubernetesObject[],
  wanted: Record<string, string>,
  by: readonly string[],
  metric = 'istio_requests_total',
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const pod of from)
    for (const line of (await get(pod, 15020, '/stats/prometheus')).split('\n')) {
      const found = new RegExp(`^${metric}\\{(.*)\\} (\\d+)$`).exec(line)
      if (!found) continue
      const labels = Object.fromEntries(
        [...(found[1] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
      )
      if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) continue
      const key = by.map(name => labels[name]).join(' ')
      sums[key] = (sums[key] ?? 0) + Number(found[2])
    }
  return sums
}

export const minus = (
  after: Record<string, number>,
  before: Record<string, number>,
): Record<string, number> =>
  Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]))

/** What the proxies of the callers counted while some seconds passed. */
export async function countDuring(
  seconds: number,
  prefix: string,
  service: string,
  by: readonly string[],
  reporter = 'source',
  namespace = 'default',
): Promise<Record<string, number>> {
  const wanted = { reporter, destination_service_name: service }
  const before = await count(pods(prefix, namespace), wanted, by)
  await pass(seconds)
  return minus(await count(pods(prefix, namespace), wanted, by), before)
}

export const shareOf = (counts: Record<string, number>, key: string): number =>
  (counts[key] ?? 0) / Object.values(counts).reduce((sum, value) => sum + value, 0)

interface Spans {
  data: { spans: { tags: { key: string; value: string }[] }[] }[]
}

export const tracesWith = async (
  tags: object,
  service = 'frontend.default',
): Promise<Record<string, string>[][]> => {
  const query = `service=${service}&limit=200&tags=${encodeURIComponent(JSON.stringify(tags))}`
  const [jaeger] = pods('jaeger', 'istio-system')
  if (jaeger === undefined) throw new Error('no Jaeger')
  const text = await get(jaeger, 16686, `/api/traces?${query}`)
  return (JSON.parse(text.slice(4)) as Spans).data.map(trace =>
    trace.spans.map(span => Object.fromEntries(span.tags.map(({ key, value }) => [key, value]))),
  )
}

export const scaled = (name: string, replicas: number): KubernetesObject => {
  const deployment = running().store.get(collections.deployments, 'default', name)
  if (deployment === undefined) throw new Error(name)
  return { ...deployment, spec: { ...fieldsOf(deployment.spec), replicas } }
}
