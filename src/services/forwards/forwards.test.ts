import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPlayground } from '../../playground/start.ts'
import type { Forward, ForwardPlan } from '../../shared/contract/forwards.ts'
import { openClusters, type ClustersBackend } from '../clusters/clusters.ts'
import { createForwards } from './forwards.ts'

const never = new AbortController().signal
let folder = ''
let clusters: ClustersBackend
let forwards: ReturnType<typeof createForwards>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forwards-'))
  clusters = openClusters({
    host: { dataFolder: folder, env: { KUBECONFIG: join(folder, 'none') }, now: Date.now },
    playground: {
      start: () => startPlayground({ resourcesFolder: join(import.meta.dirname, '../../../resources') }),
    },
  })
  forwards = open()
})
afterAll(async () => {
  await forwards.stop()
  await clusters.stop()
  await rm(folder, { recursive: true })
})

const open = () => createForwards({ dataFolder: folder, clusters, now: Date.now })

const plan = (kind: ForwardPlan['target']['kind'], name: string, port: string, rest = {}): ForwardPlan => ({
  context: 'playground',
  target: { kind, namespace: 'istio-system', name },
  port,
  reach: 'this-machine',
  ...rest,
})

async function until(fits: (all: Forward[]) => boolean, from = forwards): Promise<Forward[]> {
  for await (const all of from.watchForwards({ context: 'playground' }, never)) if (fits(all)) return all
  throw new Error('ended')
}
async function settle(asked: ForwardPlan, kind: Forward['state']['kind']): Promise<Forward> {
  const { id } = await forwards.startForward(asked, never)
  const all = await until(found => found.find(each => each.id === id)?.state.kind === kind)
  const forward = all.find(each => each.id === id)
  if (!forward) throw new Error('gone')
  return forward
}

const get = (port: number | undefined, path: string): Promise<{ status: number | undefined; text: string }> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => (text += part))
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
    })
    asked.on('error', reject)
    asked.end()
  })

test('a Service’s port leads to its pod’s target port, and is remembered', async () => {
  const forward = await settle(plan('Service', 'tracing', '80'), 'ready')
  expect(forward.state).toMatchObject({ kind: 'ready', podPort: 16_686 })
  expect(await get(forward.localPort, '/api/services')).toMatchObject({ status: 200 })
  const [counted] = await until(all => all[0]?.connections === 0 && all[0].bytesReceived > 0)
  expect(counted).toMatchObject({ opened: 1 })
  expect(counted?.bytesSent).toBeGreaterThan(40)

  await forwards.stopForward({ id: forward.id }, never)
  await expect(get(forward.localPort, '/')).rejects.toThrow(/ECONNREFUSED/)
  const again = await settle(plan('Service', 'tracing', '80'), 'ready')
  expect(again).toMatchObject({ id: forward.id, localPort: forward.localPort })

  await forwards.stop()
  forwards = open()
  const [restored] = await until(([first]) => first?.state.kind === 'ready')
  expect(restored).toMatchObject({ id: forward.id, localPort: forward.localPort })
  await forwards.removeForward({ id: forward.id }, never)
  await until(all => all.length === 0)
})

test('a port that another program has is said, and taken when it is free', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const localPort = (other.address() as AddressInfo).port
  const forward = await settle(plan('Deployment', 'jaeger', '16686', { localPort }), 'port-taken')
  expect(forward.state).toMatchObject({
    problem: { code: 'conflict', message: `Another program is using port ${String(localPort)} of 127.0.0.1` },
  })
  other.close()
  await until(all => all.find(({ id }) => id === forward.id)?.state.kind === 'ready')
  await forwards.removeForward({ id: forward.id }, never)
})

describe('what cannot work says why', () => {
  test.each([
    [
      'a Service that does not exist',
      plan('Service', 'nobody', '80'),
      'waiting',
      /Service nobody does not exist/,
    ],
    [
      'a port that it does not have',
      plan('Service', 'tracing', '81'),
      'broken',
      /Service tracing has no port 81/,
    ],
  ] as const)('%s', async (_name, asked, kind, words) => {
    const forward = await settle(asked, kind)
    expect(JSON.stringify(forward.state)).toMatch(words)
    await forwards.removeForward({ id: forward.id }, never)
  })

  test('a port where nothing listens: the kubelet’s words', async () => {
    const forward = await settle(plan('Deployment', 'jaeger', '9'), 'ready')
    await expect(get(forward.localPort, '/')).rejects.toThrow()
    const all = await until(([first]) => first?.lastRefusal !== undefined)
    expect(all[0]?.lastRefusal).toMatch(/connection refused/)
    await forwards.removeForward({ id: forward.id }, never)
  })
})
