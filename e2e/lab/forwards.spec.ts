import { test as base, expect } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClusters } from '../../src/services/clusters/clusters.ts'
import { createForwards } from '../../src/services/forwards/forwards.ts'
import type { Forward, ForwardPlan, ForwardState } from '../../src/shared/contract/forwards.ts'
import { startLab, type Lab } from './lab.ts'
import { findLab } from './playground-process.ts'

// Port-forwards through the real kube-apiserver. Behind each pod stands one server of this process.

const NAME = 'forwards'
const never = new AbortController().signal
const MIB = 1024 * 1024

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx
        ports: [{containerPort: 8080, name: http}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
`

/** `/big?n=BYTES` answers so many bytes, any other path its own name. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://pod')
  if (url.pathname !== '/big') {
    response.end(url.pathname)
    return
  }
  let left = Number(url.searchParams.get('n'))
  response.setHeader('content-length', left)
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const more = (): void => {
    while (left > 0) {
      const part = chunk.subarray(0, left)
      left -= part.length
      if (!response.write(part)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

interface Setting {
  readonly lab: Lab
  readonly forwards: ReturnType<typeof createForwards>
}

const plan = (change: Partial<ForwardPlan> = {}): ForwardPlan => ({
  context: NAME,
  target: { kind: 'Service', namespace: 'default', name: 'web' },
  port: '80',
  reach: 'this-machine',
  ...change,
})

const test = base.extend<object, { setting: Setting }>({
  setting: [
    async ({}, use) => {
      const lab = await startLab(NAME, { withoutIstiod: true })
      const folder = await mkdtemp(join(tmpdir(), 'forwards-'))
      const server: Server = createServer(answer)
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', 4096, resolve))
      await lab.route(8080, (server.address() as AddressInfo).port)
      await lab.apply(DEPLOYMENT)
      const clusters = openClusters({
        host: { dataFolder: folder, env: { ...process.env, KUBECONFIG: lab.kubeconfig }, now: Date.now },
        playground: { start: () => Promise.reject(new Error('not here')) },
      })
      const forwards = createForwards({ dataFolder: folder, clusters, now: Date.now })
      const setting = { lab, forwards }
      // Until the lab's route is in force, its pods refuse.
      const { port } = await start(setting)
      await expect.poll(() => ask(port, '/first').catch(String)).toBe('/first')
      await use(setting)
      await forwards.stop()
      await clusters.stop()
      server.closeAllConnections()
      server.close()
      await lab.stop()
      await rm(folder, { recursive: true })
    },
    { scope: 'worker', timeout: 600_000 },
  ],
})

test.skip(findLab() === undefined, 'no lab: neither MESH_WORKBENCH_LAB nor ../shared/lab is there')

/** The first view of a forward that fits. */
async function until(
  { forwards }: Setting,
  id: string,
  fits: (state: ForwardState, forward: Forward) => boolean,
): Promise<Forward> {
  for await (const all of forwards.watchForwards({ context: NAME }, never)) {
    const forward = all.find(each => each.id === id)
    if (forward && fits(forward.state, forward)) return forward
  }
  throw new Error('the forwards ended')
}

async function start(
  setting: Setting,
  change: Partial<ForwardPlan> = {},
): Promise<{ id: string; port: number }> {
  const { id } = await setting.forwards.startForward(plan(change), never)
  const { localPort = 0 } = await until(setting, id, ({ kind }) => kind === 'ready')
  return { id, port: localPort }
}

/**
 * One connection with one request: what the pod answered; rejects where the connection is cut. The lab's kubelet does
 * not pass on that a pod has ended its half, to kubectl neither: an answer is whole by its length.
 */
function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => {
      text += part
      const [head = '', body] = text.split('\r\n\r\n')
      if (body === undefined || body.length < Number(/content-length: (\d+)/i.exec(head)?.[1])) return
      resolve(body)
      socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`no answer to ${path}: ${JSON.stringify(text)}`)))
    socket.write(`GET ${path} HTTP/1.1\r\nhost: web\r\n\r\n`)
  })
}

/** Begins to ask, and goes away before the answer is whole. */
function abort(port: number, after: number): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.on('connect', () => {
      socket.write(`GET /big?n=${String(4 * MIB)} HTTP/1.1\r\nhost: web\r\n\r\n`)
      let seen = 0
      socket.on('data', ({ length }: Buffer) => {
        seen += length
        if (seen >= after) socket.resetAndDestroy()
      })
      if (after === 0) socket.resetAndDestroy()
    })
  })
}

test('connections one after another', async ({ setting }) => {
  // Half a minute on an idle machine of 2 cores; several where others work beside it.
  test.setTimeout(900_000)
  const { id, port } = await start(setting)
  const count = Number(process.env['FORWARD_CONNECTIONS'] ?? 10_000)
  const startedAt = performance.now()
  for (let index = 0; index < count; index += 1)
    expect(await ask(port, `/${String(index)}`)).toBe(`/${String(index)}`)
  console.log(`${String(count)} connections: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  const forward = await until(
    setting,
    id,
    (_state, { opened, connections }) => opened >= count && connections === 0,
  )
  expect(forward).toMatchObject({ state: { kind: 'ready' } })
  expect(forward.lastRefusal).toBeUndefined()
})

test('500 at once, 30% aborted by the client: all others succeed', async ({ setting }) => {
  const { id, port } = await start(setting)
  const answers = await Promise.allSettled(
    Array.from({ length: 500 }, async (_, index) => {
      if (index % 10 < 3) {
        await abort(port, (index % 3) * 100_000)
        return undefined
      }
      expect(await ask(port, `/${String(index)}`)).toBe(`/${String(index)}`)
      return undefined
    }),
  )
  expect(answers.filter(({ status }) => status === 'rejected')).toEqual([])
  await until(setting, id, (_state, { connections }) => connections === 0)
  expect(await ask(port, '/after')).toBe('/after')
})

test('a reader that stalls costs little memory and holds nobody up', async ({ setting }) => {
  const { port } = await start(setting)
  const size = 512 * MIB
  const before = process.memoryUsage().rss
  const socket: Socket = connect(port, '127.0.0.1')
  let received = 0
  const isReading = new Promise<void>(resolve => {
    socket.once('data', () => {
      socket.pause()
      resolve()
    })
  })
  socket.write(`GET /big?n=${String(size)} HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n`)
  await isReading
  for (let index = 0; index < 200; index += 1) expect(await ask(port, '/other')).toBe('/other')
  const grown = process.memoryUsage().rss - before
  console.log(`a stalled reader of ${String(size / MIB)} MiB: ${(grown / MIB).toFixed(0)} MiB`)
  expect(grown).toBeLessThan(72 * MIB)
  // It reads on where it was.
  const isWhole = new Promise<void>(resolve => {
    socket.on('data', ({ length }: Buffer) => {
      received += length
      if (received > size - MIB) resolve()
    })
  })
  socket.resume()
  await isWhole
  socket.destroy()
})

test('a pod that is deleted in the middle is replaced', async ({ setting }) => {
  const { lab } = setting
  const { id, port } = await start(setting)
  const { state } = await until(setting, id, ({ kind }) => kind === 'ready')
  const pod = state.kind === 'ready' ? state.pod : ''
  await lab.kubectl('delete', 'pod', pod, '--wait=false')
  const next = await until(setting, id, found => found.kind === 'ready' && found.pod !== pod)
  expect(await ask(port, '/new')).toBe('/new')
  expect(next.state).toMatchObject({ podPort: 8080 })

  await test.step('while there is none, it waits and says so; connections are held', async () => {
    await lab.kubectl('scale', 'deployment', 'web', '--replicas=0')
    const { state: waiting } = await until(setting, id, ({ kind }) => kind === 'waiting')
    expect(waiting).toMatchObject({ reason: expect.stringMatching(/being deleted|has no pod/) })
    const held = ask(port, '/held')
    await lab.kubectl('scale', 'deployment', 'web', '--replicas=1')
    expect(await held).toBe('/held')
  })
})

test('the API server restarts', async ({ setting }) => {
  const { lab } = setting
  const { id, port } = await start(setting)
  const startAgain = await lab.killApiServer()
  const { state } = await until(setting, id, ({ kind }) => kind === 'broken')
  expect(state).toMatchObject({
    problem: { code: 'unreachable', message: expect.stringContaining('cannot be reached') },
  })
  await startAgain()
  await until(setting, id, ({ kind }) => kind === 'ready')
  expect(await ask(port, '/again')).toBe('/again')
})
