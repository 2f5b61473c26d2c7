import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  authorityData,
  clusterOf,
  createClusterFixture,
  kubeconfigOf,
  problemOf,
  type ClusterFixture,
  type TestServer,
} from './cluster-fixture.ts'

let fixture: ClusterFixture
beforeEach(async () => (fixture = await createClusterFixture()))
afterEach(() => fixture.close())

const signal = new AbortController().signal

/** Who the server saw, for a user in YAML flow. */
async function identityOf(server: TestServer, user: string, cluster = clusterOf(server)) {
  const clusters = await fixture.open(kubeconfigOf(cluster, user))
  await clusters.client('c').readJson({ path: '/version' })
  return server.seen.at(-1)?.identity
}

// What kubectl 1.36 sent for the same users.
describe('the server sees who kubectl would be', () => {
  test.each([
    ['a token', 'token: abc', { authorization: ['Bearer abc'] }],
    ['a token beyond ASCII', 'token: é', { authorization: ['Bearer Ã©'] }],
    [
      'a token file, which wins over the token',
      'token: abc, tokenFile: token',
      { authorization: ['Bearer from-file'] },
    ],
    [
      'a token where its file is missing',
      'token: abc, tokenFile: nowhere',
      { authorization: ['Bearer abc'] },
    ],
    ['a password', 'username: a, password: b', { authorization: ['Basic YTpi'] }],
    [
      'each impersonated group, uid and extra value',
      'token: abc, as: root, as-groups: [a, b], as-uid: x, as-user-extra: {"Foo/bar (x)": [1a, b], z: [é]}',
      {
        authorization: ['Bearer abc'],
        'impersonate-user': ['root'],
        'impersonate-group': ['a', 'b'],
        'impersonate-uid': ['x'],
        'impersonate-extra-foo%2fbar%20%28x%29': ['1a', 'b'],
        'impersonate-extra-z': ['Ã©'],
      },
    ],
    [
      'null among the groups and the extra values',
      'token: abc, as: a, as-groups: [null, b], as-user-extra: {n: null, e: [], v: [c, null]}',
      {
        authorization: ['Bearer abc'],
        'impersonate-user': ['a'],
        'impersonate-group': ['', 'b'],
        'impersonate-extra-v': ['c', ''],
      },
    ],
  ])('%s', async (_name, user, identity) => {
    await writeFile(join(fixture.folder, 'token'), 'from-file\n')
    expect(await identityOf(await fixture.serve(), user)).toEqual(identity)
  })

  test.each([
    ['a token', 'token: abc'],
    ['a password', 'username: a, password: b'],
    ['a token file', 'tokenFile: token'],
    [
      'oidc',
      'auth-provider: {name: oidc, config: {idp-issuer-url: "https://i", client-id: a, id-token: a.b.c}}',
    ],
    ['a provider that is gone', 'auth-provider: {name: gcp}'],
  ])('over http it does not see %s', async (_name, user) => {
    await writeFile(join(fixture.folder, 'token'), 'from-file')
    const server = await fixture.serve({ isPlain: true })
    expect(await identityOf(server, user, `server: '${server.url}'`)).toEqual({})
    expect(await identityOf(server, user, `server: '127.0.0.1:${server.port}'`)).toEqual({})
  })

  test('over http it still sees who is impersonated', async () => {
    const server = await fixture.serve({ isPlain: true })
    expect(await identityOf(server, 'token: a, as: b, as-groups: [c]', `server: '${server.url}'`)).toEqual({
      'impersonate-user': ['b'],
      'impersonate-group': ['c'],
    })
  })

  test('over http a refusal says that nothing was sent', async () => {
    const server = await fixture.serve({
      isPlain: true,
      answer: (_request, response) => response.writeHead(401).end('{}'),
    })
    const clusters = await fixture.open(kubeconfigOf(`server: '${server.url}'`, 'token: abc'))
    const problem = await problemOf(clusters.client('c').readJson({ path: '/version' }))
    expect(problem.code).toBe('unauthorized')
    expect(problem.hint).toContain('http://')
  })
})

test('over http no credential command is run, nor asked for', async () => {
  const plugin = join(fixture.folder, 'tok.sh')
  await writeFile(plugin, `#!/bin/sh\ntouch ${join(fixture.folder, 'ran')}\n`)
  await chmod(plugin, 0o755)
  const server = await fixture.serve({ isPlain: true })
  const user =
    'exec: {apiVersion: client.authentication.k8s.io/v1, command: ./tok.sh, interactiveMode: Never}'
  expect(await identityOf(server, user, `server: '${server.url}'`)).toEqual({})
  await expect(stat(join(fixture.folder, 'ran'))).rejects.toThrow()
})

test('a kubeconfig in UTF-16, as PowerShell writes it, is read', async () => {
  const server = await fixture.serve()
  const text = Buffer.from(
    `\ufeff${kubeconfigOf(clusterOf(server), 'token: abc')}`.replaceAll('\n', '\r\n'),
    'utf16le',
  )
  for (const bytes of [text, Buffer.from(text).swap16()]) {
    const clusters = await fixture.open(bytes)
    await clusters.client('c').readJson({ path: '/version' })
  }
  expect(server.seen).toHaveLength(2)
})

test('a SOCKS 5 proxy is given the name of the server', async () => {
  const server = await fixture.serve()
  const asked: string[] = []
  const proxy = createServer(socket => void serveSocks(socket, server.port, asked))
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  try {
    const cluster = `server: 'https://api.invalid:6443', tls-server-name: localhost, certificate-authority-data: ${authorityData}, proxy-url: 'socks5://127.0.0.1:${port}'`
    const clusters = await fixture.open(kubeconfigOf(cluster, 'token: abc'))
    const restricted = await settle(clusters)
    if (restricted.kind !== 'restricted') throw new Error(restricted.kind)
    await clusters.approveCommand({ context: 'c', fingerprint: restricted.command.fingerprint }, signal)
    await clusters.client('c').readJson({ path: '/version' })
    expect(new Set(asked)).toEqual(new Set(['api.invalid:6443']))
  } finally {
    proxy.close()
  }
})

/** Answers one SOCKS 5 request and connects to a port of this machine. Source: RFC 1928. */
async function serveSocks(socket: Socket, port: number, asked: string[]): Promise<void> {
  socket.on('error', () => {})
  const next = (): Promise<Buffer> => new Promise(resolve => socket.once('data', resolve))
  await next()
  const request = next()
  socket.write(Buffer.from([5, 0]))
  const bytes = await request
  const length = bytes[4] ?? 0
  asked.push(`${bytes.subarray(5, 5 + length).toString()}:${bytes.readUInt16BE(5 + length)}`)
  const upstream = connect(port, '127.0.0.1', () => {
    socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    upstream.pipe(socket).pipe(upstream)
  })
  upstream.on('error', () => socket.destroy())
}

/** The first state of the connection that is settled. */
async function settle(clusters: Awaited<ReturnType<ClusterFixture['open']>>) {
  for await (const state of clusters.watchConnection({ context: 'c' }, signal))
    if (state.kind !== 'connecting' && state.kind !== 'idle') return state
  throw new Error('ended')
}

describe('the auth-provider oidc', () => {
  const jwt = (seconds: number): string =>
    ['{"alg":"none"}', JSON.stringify({ exp: seconds }), 'sig']
      .map(part => Buffer.from(part).toString('base64url'))
      .join('.')
  const fresh = jwt(4_102_444_800)
  const stale = jwt(1)
  const newer = jwt(4_102_444_801)

  const userOf = (issuer: string, config: string): string =>
    `auth-provider: {name: oidc, config: {client-id: demo, client-secret: s3cret, idp-issuer-url: '${issuer}', idp-certificate-authority-data: ${authorityData}, ${config}}}`

  /** An identity provider; `answers` are those of its token endpoint, in order. */
  const serveIssuer = async (answers: readonly { status: number; body: string }[]): Promise<TestServer> => {
    let asked = 0
    const issuer: TestServer = await fixture.serve({
      answer(request, response) {
        if (request.url === '/.well-known/openid-configuration') {
          response.end(JSON.stringify({ token_endpoint: `${issuer.url}/token` }))
          return
        }
        const { status, body } = answers[asked++] ?? { status: 500, body: '' }
        response.writeHead(status).end(body)
      },
    })
    return issuer
  }

  test('sends an id-token that is valid, and asks nobody', async () => {
    expect(
      await identityOf(
        await fixture.serve(),
        userOf('https://id.invalid', `id-token: ${fresh}, refresh-token: r`),
      ),
    ).toEqual({
      authorization: [`Bearer ${fresh}`],
    })
  })

  test('refreshes one that has expired, once for many requests, and writes both tokens where kubectl finds them', async () => {
    const issuer = await serveIssuer([
      { status: 200, body: JSON.stringify({ id_token: newer, refresh_token: 'r2' }) },
    ])
    const server = await fixture.serve()
    const text = `# mine\n${kubeconfigOf(clusterOf(server), userOf(issuer.url, `id-token: ${stale}, refresh-token: r`))}`
    const clusters = await fixture.open(text)
    const client = clusters.client('c')
    await Promise.all([client.readJson({ path: '/a' }), client.readJson({ path: '/b' })])
    expect(server.seen.map(({ identity }) => identity['authorization'])).toEqual([
      [`Bearer ${newer}`],
      [`Bearer ${newer}`],
    ])
    const [, ...tokens] = issuer.seen
    expect(tokens).toHaveLength(1)
    expect(tokens[0]?.identity['authorization']).toEqual([
      `Basic ${Buffer.from('demo:s3cret').toString('base64')}`,
    ])
    expect(Object.fromEntries(new URLSearchParams(tokens[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r',
    })
    expect(await readFile(join(fixture.folder, 'config'), 'utf8')).toBe(
      text.replace(stale, newer).replace('refresh-token: r}', 'refresh-token: r2}'),
    )
  })

  test('gives id and secret in the form where the provider does not take the header', async () => {
    const issuer = await serveIssuer([
      { status: 401, body: '{"error":"invalid_client"}' },
      { status: 200, body: JSON.stringify({ id_token: newer }) },
    ])
    const server = await fixture.serve()
    await identityOf(server, userOf(issuer.url, 'refresh-token: r'))
    expect(Object.fromEntries(new URLSearchParams(issuer.seen.at(-1)?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r',
      client_id: 'demo',
      client_secret: 's3cret',
    })
  })

  test.each([
    ['no refresh-token', `id-token: ${stale}`, [], 'unauthorized'],
    ['an id-token that is none', 'id-token: abc, refresh-token: r', [], 'unauthorized'],
    [
      'a refusal',
      'refresh-token: r',
      [
        { status: 400, body: '{"error":"invalid_grant"}' },
        { status: 400, body: '{"error":"invalid_grant"}' },
      ],
      'unauthorized',
    ],
    ['an answer without an id_token', 'refresh-token: r', [{ status: 200, body: '{}' }], 'unauthorized'],
    ['an answer that is no JSON', 'refresh-token: r', [{ status: 200, body: '<html>' }], 'unauthorized'],
    [
      'an answer without an end',
      'refresh-token: r',
      [{ status: 200, body: ' '.repeat(2_000_000) }],
      'too-large',
    ],
  ])('%s is a problem, and nothing is sent to the cluster', async (_name, config, answers, code) => {
    const issuer = await serveIssuer(answers)
    const server = await fixture.serve()
    const clusters = await fixture.open(kubeconfigOf(clusterOf(server), userOf(issuer.url, config)))
    expect(await problemOf(clusters.client('c').readJson({ path: '/version' }))).toMatchObject({ code })
    expect(server.seen).toEqual([])
  })

  test('redirects of the provider end, and never lead to http of another machine', async () => {
    const issuer: TestServer = await fixture.serve({
      answer: (_request, response) => response.writeHead(302, { location: `${issuer.url}/again` }).end(),
    })
    const outward = await fixture.serve({
      answer: (_request, response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end(),
    })
    for (const [{ url }, code] of [
      [issuer, 'unreachable'],
      [outward, 'unsupported'],
    ] as const) {
      const clusters = await fixture.open(
        kubeconfigOf(clusterOf(await fixture.serve()), userOf(url, 'refresh-token: r')),
      )
      expect(await problemOf(clusters.client('c').readJson({ path: '/version' }))).toMatchObject({ code })
    }
    expect(issuer.seen.length).toBeLessThan(10)
  })
})
