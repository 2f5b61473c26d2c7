import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldsOf, listOf } from '../../domain/istio/fields/read-fields.ts'
import { startPlayground } from '../../playground/start.ts'
import type { Canary, CanaryPlan } from '../../shared/contract/canary.ts'
import type { TrafficReport } from '../../shared/contract/observability.ts'
import { createChanges } from '../changes/changes.ts'
import { openClusters } from '../clusters/clusters.ts'
import { createResources } from '../resources/resources.ts'
import { createCanaries } from './canaries.ts'

const never = new AbortController().signal
const context = 'playground'
let folder = ''
let clock = 1_000_000
let clusters: ReturnType<typeof openClusters>
let changes: ReturnType<typeof createChanges>
let resources: ReturnType<typeof createResources>
let canaries: ReturnType<typeof createCanaries>
/** Gives the next report to whoever watches. */
let tell: (report: TrafficReport) => void = () => {}

const traffic = {
  async *watchTraffic(_input: unknown, signal: AbortSignal): AsyncGenerator<TrafficReport> {
    while (!signal.aborted)
      yield await new Promise<TrafficReport>((resolve, reject) => {
        tell = resolve
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
  },
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canaries-'))
  const resourcesFolder = join(import.meta.dirname, '../../../resources')
  const host = {
    dataFolder: folder,
    resourcesFolder,
    env: { KUBECONFIG: join(folder, 'none') },
    openExternal: () => Promise.resolve(),
    now: () => clock,
  }
  clusters = openClusters({ host, playground: { start: () => startPlayground({ resourcesFolder }) } })
  changes = createChanges({ host, clusters })
  resources = createResources({ clusters })
  canaries = createCanaries({ dataFolder: folder, changes, resources, traffic, now: () => clock })
})
afterAll(async () => {
  await canaries.stop()
  await Promise.all([resources.stop(), changes.stop()])
  await clusters.stop()
  await rm(folder, { recursive: true, force: true })
})

const plan = (limits: CanaryPlan['limits'] = {}, rule = 1): CanaryPlan => ({
  context,
  apiVersion: 'networking.istio.io/v1',
  namespace: 'default',
  name: 'myapp',
  rule,
  service: 'default/myapp',
  stable: { subset: 'v1', version: 'v1' },
  canary: { subset: 'v2', version: 'v2' },
  weights: [25, 50, 100],
  limits,
  takesOver: true,
})
const id = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  namespace: 'default',
  name: 'myapp',
}
async function liveWeights(): Promise<unknown[]> {
  const { spec } = await resources.readObject({ context, id }, never)
  const rule = fieldsOf(listOf(fieldsOf(spec)['http'])[1])
  return listOf(rule['route']).map(item => fieldsOf(item)['weight'])
}
async function latest(): Promise<Canary | undefined> {
  for await (const all of canaries.watchCanaries(undefined, never)) return all[0]
  return undefined
}
function measure(errorShare: number, p95: number): void {
  clock += 10_000
  const figures = { errorShare, deniedShare: 0, p50: 1, p95, p99: p95 }
  tell({
    at: clock,
    nodes: [
      {
        id: 'default/myapp',
        namespace: 'default',
        name: 'myapp',
        kind: 'service',
        inbound: { ...figures, rate: 100 },
        versions: ['v1', 'v2'].map(version => ({
          ...figures,
          errorShare: version === 'v2' ? errorShare : 0,
          version,
          rate: 50,
          share: 0.5,
        })),
      },
    ],
    edges: [],
    proxies: { read: 1, failed: 0 },
    problems: [],
  })
}

describe('a stepped canary', () => {
  // The newest is the first of the list.
  beforeEach(() => (clock += 60_000))

  test('goes from step to step when told to, with each step in the journal, and ends', async () => {
    expect(await liveWeights()).toEqual([90, 10])
    const { id: own } = await canaries.startCanary(plan(), never)
    expect(await liveWeights()).toEqual([75, 25])
    measure(0, 20)
    await expect
      .poll(async () => (await latest())?.steps[0]?.readings)
      .toMatchObject({ canary: { requests: 50, errorShare: 0, p95: 20 }, stable: { requests: 50 } })
    await canaries.continueCanary({ id: own }, never)
    expect(await liveWeights()).toEqual([50, 50])
    await canaries.continueCanary({ id: own }, never)
    expect(await liveWeights()).toEqual([0, 100])
    const done = await canaries.continueCanary({ id: own }, never)
    expect(done).toMatchObject({ state: 'done', steps: [{ state: 'passed' }, {}, { state: 'passed' }] })
    expect(done.steps.every(({ entry }) => entry !== undefined)).toBe(true)
    await expect(canaries.continueCanary({ id: own }, never)).rejects.toThrow('not waiting')
    await canaries.stopCanary({ id: own, goesBack: true }, never)
    expect(await liveWeights()).toEqual([90, 10])
  })

  test.each([
    ['errors', { errorPercent: 5 }, 0.2, 20, '20.0 % of the canary’s requests failed; the limit is 5 %'],
    ['latency', { p95: 100 }, 0, 250, '95 % of the canary’s requests took up to 250 ms; the limit is 100 ms'],
  ])('goes back by itself where %s cross the limit', async (_, limits, errors, p95, reason) => {
    const { id: own } = await canaries.startCanary(plan(limits), never)
    await canaries.continueCanary({ id: own }, never)
    measure(errors, p95)
    await expect.poll(latest).toMatchObject({ state: 'gone-back', reason })
    expect(await liveWeights()).toEqual([90, 10])
  })

  test('only one runs for an object, and stopping leaves the weights', async () => {
    const { id: own } = await canaries.startCanary(plan(), never)
    await expect(canaries.startCanary(plan(), never)).rejects.toThrow('running already')
    await canaries.stopCanary({ id: own, goesBack: false }, never)
    expect(await liveWeights()).toEqual([75, 25])
    // A stopped one can still be taken back.
    expect(await canaries.stopCanary({ id: own, goesBack: true }, never)).toMatchObject({
      state: 'gone-back',
    })
    expect(await liveWeights()).toEqual([90, 10])
  })

  test('a rule of another shape is refused before anything is sent', async () => {
    await expect(canaries.startCanary(plan({}, 0), never)).rejects.toThrow(
      'does not send requests to v1 and v2',
    )
    expect(await latest()).toMatchObject({ state: 'stopped', problem: { code: 'conflict' } })
    expect(await liveWeights()).toEqual([90, 10])
  })

  test('one that the app left behind is there after a restart, and can be taken back', async () => {
    const { id: own } = await canaries.startCanary(plan(), never)
    await canaries.stop()
    canaries = createCanaries({ dataFolder: folder, changes, resources, traffic, now: () => clock })
    expect((await latest())?.id).toBe(own)
    expect(await latest()).toMatchObject({
      state: 'stopped',
      reason: expect.stringContaining('The app ended') as string,
    })
    await canaries.stopCanary({ id: own, goesBack: true }, never)
    expect(await liveWeights()).toEqual([90, 10])
  })
})
