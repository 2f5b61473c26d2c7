import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps, type Server } from 'node:https'
import { connect, createServer as createTcp, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ProblemError } from '../../domain/problem.ts'
import { makeCertificate } from '../../playground/api/certificate.ts'
import type { Host } from '../host.ts'
import { openClusters, type ClustersBackend } from './clusters.ts'

const { ca, certificate, key } = await makeCertificate(Date.now())
const tls = { cert: certificate, key }

let folder = ''
const cleanups: (() => unknown)[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusters-'))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
  await rm(join(folder, 'approved-commands.json'), { force: true })
})
afterAll(() => rm(folder, { recursive: true }))

/** A server that answers /version to whoever has the token, and counts connections. */
async function serve(
  token = 'good',
): Promise<{ url: string; server: Server; connections: () => number; seen: string[] }> {
  let connections = 0
  const seen: string[] = []
  const server = createHttps(tls, (request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? '-'}`)
    const isAllowed = request.headers.authorization === `Bearer ${token}`
    response.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(isAllowed ? { gitVersion: 'v1.2.3' } : { kind: 'Status', message: 'Unauthorized' }),
    )
  })
  server.on('secureConnection', () => (connections += 1))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(
    () => server.close(),
    () => server.closeAllConnections(),
  )
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    connections: () => connections,
    seen,
  }
}

async function open(
  server: string,
  user: string,
  cluster = '',
  env: Host['env'] = {},
): Promise<ClustersBackend> {
  const path = join(folder, 'config')
  const authority = server.startsWith('https:')
    ? `, certificate-authority-data: ${Buffer.from(ca).toString('base64')}`
    : ''
  await writeFile(
    path,
    `contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: '${server}'${authority}${cluster}}}]
users: [{name: u, user: ${user}}]`,
  )
  const clusters = openClusters({
    host: { dataFolder: folder, now: Date.now, env: { ...env, KUBECONFIG: path, PATH: process.env['PATH'] } },
    playground: { start: () => Promise.reject(new Error('not here')) },
  })
  cleanups.push(() => clusters.stop())
  return clusters
}

const problemOf = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ProblemError)
  return (error as ProblemError).problem
}

const signal = new AbortController().signal

/** The first state of the connection that is settled. */
async function settle(clusters: ClustersBackend) {
  for await (const state of clusters.watchConnection({ context: 'c' }, signal))
    if (state.kind !== 'connecting' && state.kind !== 'idle') return state
  throw new Error('ended')
}

test('many requests share a connection', async () => {
  const { url, connections } = await serve()
  const client = (await open(url, '{token: good}')).client('c')
  for (let i = 0; i < 20; i += 1) await client.readJson({ path: '/version' })
  expect(connections()).toBe(1)
})

test('a wrong token is said', async () => {
  const { url } = await serve()
  const clusters = await open(url, '{token: bad}')
  expect(await problemOf(clusters.client('c').request({ path: '/version' }))).toMatchObject({
    code: 'unauthorized',
  })
  expect(await settle(clusters)).toMatchObject({ kind: 'unauthorized' })
})

test.each([
  ['a read', 'before', { method: 'GET' }, 2],
  ['a read', 'inside', { method: 'GET' }, 2],
  ['a dry run', 'before', { method: 'PATCH', query: { dryRun: 'All' }, body: '{}' }, 2],
  ['a dry run', 'inside', { method: 'PATCH', query: { dryRun: 'All' }, body: '{}' }, 2],
  ['a change', 'before', { method: 'PATCH', query: {}, body: '{}' }, 1],
  ['a change', 'inside', { method: 'PATCH', query: {}, body: '{}' }, 1],
] as const)(
  '%s whose connection is lost %s the answer is sent again only where it changes nothing',
  async (_name, place, request, times) => {
    let asked = 0
    const server = createHttps(tls, (incoming, response) => {
      asked += 1
      incoming.resume()
      if (asked === 1) incoming.socket.destroy()
      else response.end('{}')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(
      () => server.close(),
      () => server.closeAllConnections(),
    )
    const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`
    const client = (await open(url, '{token: good}')).client('c')
    const sent = client.request({ path: '/api/v1/namespaces/late', ...request })
    if (times === 1) expect(await problemOf(sent)).toMatchObject({ code: 'unreachable' })
    else expect(await sent).toMatchObject({ status: 200 })
    expect(asked).toBe(times)
  },
)

test('refused, and healed when the server is back', async () => {
  const { url, server } = await serve()
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  const clusters = await open(url, '{token: good}')
  const kinds: string[] = []
  for await (const state of clusters.watchConnection({ context: 'c' }, signal)) {
    kinds.push(state.kind)
    if (state.kind === 'unreachable') {
      expect(state.problem.message).toMatch(/refused/)
      server.listen(port, '127.0.0.1')
    }
    if (state.kind === 'live') break
  }
  expect(kinds).toEqual(['connecting', 'unreachable', 'live'])
})

describe('a credential command', () => {
  const script = async (): Promise<{ path: string; runs: string }> => {
    const [path, runs] = [join(folder, 'login'), join(folder, 'runs')]
    await rm(runs, { force: true })
    await writeFile(
      path,
      `#!/bin/sh
echo "$KUBERNETES_EXEC_INFO" >> ${runs}
n=$(wc -l < ${runs})
[ "$1" = fail ] && { echo "please log in" >&2; exit 3; }
[ "$n" = 1 ] && [ "$1" = stale ] && T=old || T=good
echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$T\\"}}"`,
    )
    await chmod(path, 0o755)
    return { path, runs }
  }
  const user = (path: string, argument: string): string =>
    `{exec: {apiVersion: client.authentication.k8s.io/v1, command: ${path}, args: [${argument}], interactiveMode: Never, provideClusterInfo: true}}`

  test('never runs before exactly it is approved, then once for many requests', async () => {
    const { url, seen } = await serve()
    const { path, runs } = await script()
    const clusters = await open(url, user(path, 'fine'))
    const state = await settle(clusters)
    if (state.kind !== 'restricted') throw new Error(state.kind)
    expect(state.command).toMatchObject({ command: path, args: ['fine'] })
    expect(await problemOf(clusters.client('c').request({ path: '/a' }))).toMatchObject({
      code: 'restricted',
    })
    expect(
      await problemOf(clusters.approveCommand({ context: 'c', fingerprint: 'x' }, signal)),
    ).toMatchObject({
      code: 'conflict',
    })
    expect(seen).toEqual([])
    await expect(stat(runs)).rejects.toThrow()

    await clusters.approveCommand({ context: 'c', fingerprint: state.command.fingerprint }, signal)
    const client = clusters.client('c')
    await Promise.all([client.readJson({ path: '/a' }), client.readJson({ path: '/b' })])
    const lines = (await readFile(runs, 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      spec: { interactive: false, cluster: { server: url } },
    })
    expect((await stat(join(folder, 'approved-commands.json'))).mode & 0o777).toBe(0o600)

    // Another argument is another command.
    expect(await settle(await open(url, user(path, 'other')))).toMatchObject({ kind: 'restricted' })
    // The same one is still approved after a restart.
    expect(await settle(await open(url, user(path, 'fine')))).toMatchObject({ kind: 'live' })
  })

  test.each([
    ['is run again after a 401', 'stale', 2, undefined],
    ['that fails says what it said', 'fail', 1, 'please log in\n'],
  ])('%s', async (_name, argument, runsExpected, raw) => {
    const { url } = await serve()
    const { path, runs } = await script()
    const clusters = await open(url, user(path, argument))
    const state = await settle(clusters)
    if (state.kind !== 'restricted') throw new Error(state.kind)
    await clusters.approveCommand({ context: 'c', fingerprint: state.command.fingerprint }, signal)
    const asked = clusters.client('c').readJson({ path: '/a' })
    if (raw === undefined) await asked
    else expect(await problemOf(asked)).toMatchObject({ code: 'unauthorized', raw })
    expect((await readFile(runs, 'utf8')).trim().split('\n').length).toBeGreaterThanOrEqual(runsExpected)
  })
})

test('a proxy of the environment is asked for a tunnel, but not for this machine', async () => {
  const { url } = await serve()
  const tunnels: string[] = []
  const proxy = createHttp()
  proxy.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '')
    const upstream = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    socket.on('error', () => upstream.destroy())
    upstream.on('error', () => socket.destroy())
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => proxy.close())
  const env = {
    HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    NO_PROXY: 'other.example',
  }
  const far = await open('https://api.example:8080', '{token: good}', ', tls-server-name: localhost', env)
  await far.client('c').readJson({ path: '/version' })
  expect(tunnels).toEqual(['api.example:8080'])
  await (await open(url, '{token: good}', '', env)).client('c').readJson({ path: '/version' })
  expect(tunnels).toHaveLength(1)
})

test.each([
  ['https://127.0.0.1:PORT', /TLS/],
  ['ftp://x', /not an http or https address/],
])('%s says what is wrong', async (address, message) => {
  const garbage = createTcp(socket => {
    socket.on('error', () => {})
    socket.end('hello, this is not TLS\n')
  })
  await new Promise<void>(resolve => garbage.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => garbage.close())
  const clusters = await open(
    address.replace('PORT', String((garbage.address() as AddressInfo).port)),
    '{token: good}',
  )
  expect((await problemOf(clusters.client('c').request({ path: '/' }))).message).toMatch(message)
})
