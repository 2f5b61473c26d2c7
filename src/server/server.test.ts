import { once } from 'node:events'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Backend } from '../shared/contract.ts'
import { createSessions, startServer, type RunningServer } from './index.ts'

let folder = ''
let server: RunningServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'web-shell-'))
  await writeFile(join(folder, 'index.html'), '<p>page</p>')
  await mkdir(join(folder, 'folder.js'))
  server = await startServer({
    handlers: { hasPathPicker: () => Promise.resolve(false) } as unknown as Backend,
    sessions: createSessions({ now: () => 0 }),
    pageFolder: folder,
  })
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const host = (): string => new URL(server.origin).host
const newCode = (): string => new URL(server.makeAddress()).hash.slice('#code='.length)
const exchange = (code: string, headers: Record<string, string> = { origin: server.origin }) =>
  fetch(`${server.origin}/session`, { method: 'POST', body: code, headers })
const newSecret = async (): Promise<string> =>
  ((await (await exchange(newCode())).json()) as { secret: string }).secret

/** What the server answers to some bytes, until it closes or has answered. */
function send(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', data => {
      answer += data.toString('latin1')
      if (answer.includes('\r\n\r\n')) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)

const upgrade = (path: string, headers: Record<string, string> = {}): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host()}`,
    ...Object.entries({
      Origin: server.origin,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n')

describe('a malformed request gets 400 and nothing else changes', () => {
  test.each([
    ['GET //', () => `GET // HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['GET // for an image of another page', () => `GET //x.png HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['a bad percent-escape', () => `GET /% HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['an escape that is no UTF-8', () => `GET /%ff%fe HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['a zero byte', () => `GET /index.html%00 HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['an absolute target', () => `GET http://evil.example/ HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['an absolute target without a host', () => `GET http:// HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['an asterisk', () => `OPTIONS * HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['CONNECT', () => `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['no host', () => 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', () => `GET / HTTP/1.1\r\nHost: ${host()}\r\nHost: evil.example\r\n\r\n`],
    ['huge headers', () => `GET / HTTP/1.1\r\nHost: ${host()}\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['a huge target', () => `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: ${host()}\r\n\r\n`],
    ['no HTTP', () => 'hello\r\n\r\n'],
    ['the beginning of TLS', () => Buffer.from('160301020001000001fc0303', 'hex')],
    [
      'two lengths',
      () => `POST /session HTTP/1.1\r\nHost: ${host()}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx`,
    ],
    [
      'a code without an end',
      () =>
        `POST /session HTTP/1.1\r\nHost: ${host()}\r\nOrigin: ${server.origin}\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(1_000)}`,
    ],
    ['an upgrade of //', () => upgrade('//')],
    ['an upgrade of a bad escape', () => upgrade('/%')],
  ])('%s', async (_name, bytes) => {
    expect(statusOf(await send(bytes()))).toBe(400)
    expect((await fetch(server.origin)).status).toBe(200)
  })

  test.each([
    ['another protocol', { Upgrade: 'h2c' }],
    ['another version', { 'Sec-WebSocket-Version': '99' }],
    ['no key', { 'Sec-WebSocket-Key': 'x' }],
    ['bad protocols', { 'Sec-WebSocket-Protocol': ',,' }],
  ])('an upgrade with a session to %s', async (_name, headers) => {
    const protocols = `mesh-workbench, session.${await newSecret()}`
    const status = statusOf(await send(upgrade('/rpc', { 'Sec-WebSocket-Protocol': protocols, ...headers })))
    expect([400, 401]).toContain(status)
    expect((await fetch(server.origin)).status).toBe(200)
  })
})

test('a client that goes away in the middle of an upgrade, or sends no frames, does not end the process', async () => {
  const protocols = `mesh-workbench, session.${await newSecret()}`
  for (const bytes of [upgrade('/rpc'), upgrade('/rpc', { 'Sec-WebSocket-Protocol': protocols })]) {
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1', () => {
      socket.write(bytes)
      socket.resetAndDestroy()
    })
    await once(socket, 'close')
  }
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
  socket.write(upgrade('/rpc', { 'Sec-WebSocket-Protocol': protocols }))
  await once(socket, 'data')
  socket.write(Buffer.alloc(64, 0xff))
  await once(socket, 'close')
  expect((await fetch(server.origin)).status).toBe(200)
})

describe('files', () => {
  test.each([
    ['/', 200],
    ['/index.html', 200],
    ['/none.js', 404],
    ['/folder.js', 404],
    ['/..%2f..%2fetc%2fpasswd', 404],
    ['/.', 404],
  ])('%s: %d', async (path, status) => {
    expect(statusOf(await send(`GET ${path} HTTP/1.1\r\nHost: ${host()}\r\n\r\n`))).toBe(status)
  })

  test('are given to our own address only, and set no cookie', async () => {
    expect(statusOf(await send('GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n'))).toBe(403)
    const answer = await fetch(server.origin)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect((await fetch(server.origin, { method: 'PUT', body: 'x' })).status).toBe(405)
  })
})

describe('a session', () => {
  test('is given once for a code', async () => {
    const code = newCode()
    expect((await exchange(code)).status).toBe(200)
    const again = await exchange(code)
    expect([again.status, await again.json()]).toEqual([401, { refusal: 'used' }])
    const wrong = await exchange('wrong')
    expect([wrong.status, await wrong.json()]).toEqual([401, { refusal: 'unknown' }])
  })

  test.each([
    ['another page', { origin: 'http://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:1' }],
    ['no page', {}],
  ])('is not given to %s', async (_name, headers) => {
    const code = newCode()
    expect((await exchange(code, headers)).status).toBe(403)
    expect((await exchange(code)).status).toBe(200)
  })

  test('is known by its secret in the Authorization header only', async () => {
    const secret = await newSecret()
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${server.origin}/session`, { headers })).status
    expect(await ask({ authorization: `Bearer ${secret}` })).toBe(204)
    expect(await ask({ authorization: `Bearer ${secret}x` })).toBe(401)
    expect(await ask({ cookie: `session=${secret}` })).toBe(401)
    expect(await ask({})).toBe(401)
  })

  test('is needed for a socket, which never repeats it', async () => {
    const secret = await newSecret()
    const open = async (protocols: string[], origin = server.origin): Promise<string> => {
      const socket = new WebSocket(`ws://${host()}/rpc`, protocols, { origin })
      const outcome = await Promise.race([
        once(socket, 'open').then(() => `open as ${socket.protocol}`),
        once(socket, 'error').then(([error]) => (error as Error).message),
      ]).catch((error: unknown) => (error as Error).message)
      socket.terminate()
      return outcome
    }
    expect(await open(['mesh-workbench', `session.${secret}`])).toBe('open as mesh-workbench')
    expect(await open(['mesh-workbench', 'session.wrong'])).toContain('401')
    expect(await open(['mesh-workbench'])).toContain('401')
    expect(await open(['mesh-workbench', `session.${secret}`], 'http://evil.example')).toContain('403')
  })
})
