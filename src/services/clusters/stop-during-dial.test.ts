import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { toProblem } from '../../domain/problem.ts'
import { openClusters, type ClustersBackend } from './clusters.ts'
import { dial } from './dial.ts'

let folder = ''
const cleanups: (() => unknown)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stop-'))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
  await rm(folder, { recursive: true, force: true })
})

/** A server that accepts and never says a word: no TLS, no answer. */
async function startSilent(): Promise<{ port: number; sockets: Set<Socket>; accepted: () => number }> {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer(socket => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return { port: (server.address() as AddressInfo).port, sockets, accepted: () => accepted }
}

/** `cluster`: further fields of the cluster, `, name: value`. */
async function open(server: string, cluster = ''): Promise<ClustersBackend> {
  const path = join(folder, 'config')
  await writeFile(
    path,
    `contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: '${server}'${cluster}}}]
users: [{name: u, user: {token: good}}]
`,
  )
  return openClusters({
    host: { dataFolder: folder, env: { KUBECONFIG: path }, now: () => Date.now() },
    playground: { start: () => Promise.reject(new Error('not in this test')) },
  })
}

describe('a stop while an API server is dialled closes what is being opened', () => {
  test.each([
    ['a server that never answers TLS', (port: number) => `https://127.0.0.1:${port}`],
    ['a server that never answers HTTP', (port: number) => `http://127.0.0.1:${port}`],
  ])('%s', async (_name, address) => {
    const { port, sockets, accepted } = await startSilent()
    const clusters = await open(address(port))
    const never = new AbortController().signal
    const states = clusters.watchConnection({ context: 'c' }, never)[Symbol.asyncIterator]()
    await states.next()
    const request = clusters.client('c').request({ path: '/version' }).catch(toProblem)
    const upgrade = clusters
      .upgrade('c', { method: 'GET', path: '/x', headers: { upgrade: 'x' }, signal: never })
      .catch(toProblem)
    await expect.poll(accepted).toBeGreaterThanOrEqual(2)
    await clusters.stop()
    expect([await request, await upgrade]).toMatchObject([{ code: 'unreachable' }, { code: 'unreachable' }])
    await expect.poll(() => sockets.size).toBe(0)
  })

  test.each(['http', 'https', 'socks5'])('a proxy that never answers: %s', async scheme => {
    const { port, sockets, accepted } = await startSilent()
    const clusters = await open('https://api.example', `, proxy-url: '${scheme}://127.0.0.1:${port}'`)
    const never = new AbortController().signal
    for await (const state of clusters.watchConnection({ context: 'c' }, never))
      if (state.kind === 'restricted') {
        await clusters.approveCommand({ context: 'c', fingerprint: state.command.fingerprint }, never)
        break
      }
    // What is closed only by a timeout stays open.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    cleanups.push(() => vi.useRealTimers())
    const request = clusters.client('c').request({ path: '/version' }).catch(toProblem)
    await expect.poll(accepted).toBeGreaterThanOrEqual(1)
    await clusters.stop()
    expect(await request).toMatchObject({ code: 'unreachable' })
    await expect.poll(() => sockets.size).toBe(0)
  })

  test('what is asked after the stop opens nothing', async () => {
    const { port, accepted } = await startSilent()
    const clusters = await open(`https://127.0.0.1:${port}`)
    await clusters.stop()
    expect(await clusters.client('c').request({ path: '/version' }).catch(toProblem)).toMatchObject({
      code: 'cancelled',
    })
    expect(accepted()).toBe(0)
  })

  test('what waited for its client when the stop came opens nothing', async () => {
    const { port, accepted } = await startSilent()
    const clusters = await open(`https://127.0.0.1:${port}`)
    const request = clusters.client('c').request({ path: '/version' }).catch(toProblem)
    await clusters.stop()
    expect(['cancelled', 'unreachable']).toContain(((await request) as { code: string }).code)
    expect(accepted()).toBe(0)
  })
})

test.runIf(process.platform === 'linux')('a server that never accepts is given up at once', async () => {
  // A listener of a stopped process with a full queue: the system drops further attempts.
  const child = spawn(process.execPath, [
    '-e',
    `const s = require('node:net').createServer(); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`,
  ])
  cleanups.push(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 8 }, () => connect(Number(line), '127.0.0.1').on('error', () => {}))
  cleanups.push(() => fillers.forEach(socket => socket.destroy()))
  await once(fillers[0] as Socket, 'connect')
  const stop = new AbortController()
  const dialling = dial(
    { server: new URL(`https://127.0.0.1:${line}`), isInsecure: true },
    ['http/1.1'],
    stop.signal,
  ).catch((error: unknown) => error)
  stop.abort()
  expect(await dialling).toMatchObject({ code: 'ECONNRESET' })
})

test.runIf(process.platform === 'linux')(
  'a credential command that still runs ends with the stop',
  async () => {
    const { port } = await startSilent()
    const path = join(folder, 'config')
    await writeFile(
      path,
      `contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:${port}'}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/sleep, args: ['600'], interactiveMode: Never}}}]
`,
    )
    const clusters = openClusters({
      host: { dataFolder: folder, env: { KUBECONFIG: path }, now: () => Date.now() },
      playground: { start: () => Promise.reject(new Error('not in this test')) },
    })
    const stop = new AbortController()
    for await (const state of clusters.watchConnection({ context: 'c' }, stop.signal))
      if (state.kind === 'restricted') {
        await clusters.approveCommand({ context: 'c', fingerprint: state.command.fingerprint }, stop.signal)
        break
      }
    const isRunning = async (): Promise<boolean> => {
      const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8')
      const commands = children
        .trim()
        .split(' ')
        .map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''))
      return (await Promise.all(commands)).some(command => command.startsWith('/bin/sleep\u0000600'))
    }
    const request = clusters.client('c').request({ path: '/version' }).catch(toProblem)
    await expect.poll(isRunning).toBe(true)
    await clusters.stop()
    await request
    await expect.poll(isRunning).toBe(false)
  },
)
