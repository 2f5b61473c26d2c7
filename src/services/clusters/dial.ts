import { request as requestHttp } from 'node:http'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { ProblemError } from '../../domain/problem.ts'

/** Where a server is and how it is spoken to. */
export interface Endpoint {
  readonly server: URL
  readonly proxy?: URL
  /** PEM; absent: the system's authorities. */
  readonly authority?: string
  /** PEM. */
  readonly certificate?: string
  readonly key?: string
  readonly serverName?: string
  readonly isInsecure: boolean
}

const dialTimeout = 10_000

/** Opens one connection: TCP, the proxy's tunnel, TLS with ALPN. When the signal aborts, what is being opened is closed. */
export async function dial(
  endpoint: Endpoint,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<Socket | TLSSocket> {
  const { server, proxy } = endpoint
  const host = server.hostname.replace(/^\[|\]$/g, '')
  const port = Number(server.port || (server.protocol === 'https:' ? 443 : 80))
  signal.throwIfAborted()
  const tcp = proxy
    ? await unlessAborted(tunnel(proxy, host, port), signal)
    : await openTcp(host, port, signal)
  tcp.setNoDelay(true)
  tcp.setKeepAlive(true, 10_000)
  return server.protocol === 'https:' ? secure(tcp, host, endpoint, protocols, signal) : tcp
}

function openTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ host, port })
  return settle(socket, 'connect', `connecting to ${host}:${port}`, signal)
}

function secure(
  tcp: Socket,
  host: string,
  endpoint: Endpoint,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  const serverName = endpoint.serverName ?? (isIP(host) === 0 ? host : undefined)
  const socket = connectTls({
    socket: tcp,
    host,
    ALPNProtocols: [...protocols],
    rejectUnauthorized: !endpoint.isInsecure,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(endpoint.authority === undefined ? {} : { ca: endpoint.authority }),
    ...(endpoint.certificate === undefined ? {} : { cert: endpoint.certificate }),
    ...(endpoint.key === undefined ? {} : { key: endpoint.key }),
  })
  return settle(socket, 'secureConnect', 'the TLS handshake', signal)
}

function tunnel(proxy: URL, host: string, port: number): Promise<Socket> {
  if (proxy.protocol !== 'http:')
    throw new ProblemError({
      code: 'unsupported',
      message: `The proxy ${proxy.protocol}//${proxy.host} is not an http:// proxy`,
      hint: 'Set proxy-url or HTTPS_PROXY to an http:// proxy.',
    })
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const login = decodeURIComponent(`${proxy.username}:${proxy.password}`)
  return new Promise((resolve, reject) => {
    const request = requestHttp({
      method: 'CONNECT',
      host: proxy.hostname,
      port: proxy.port || 80,
      path: target,
      headers: {
        host: target,
        ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
      },
      timeout: dialTimeout,
      agent: false,
    })
    request.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(
        new ProblemError({
          code: 'unreachable',
          message: `The proxy ${proxy.host} refused a tunnel to ${target}: ${String(answer.statusCode)} ${answer.statusMessage ?? ''}`,
          hint: 'Check proxy-url, HTTPS_PROXY and NO_PROXY.',
        }),
      )
    })
    request.on('timeout', () => request.destroy(timedOut(`connecting to the proxy ${proxy.host}`)))
    request.on('error', reject)
    request.end()
  })
}

/** A timeout that is classified as the system's own. */
export const timedOut = (what: string): Error =>
  Object.assign(new Error(`${what} took too long`), { code: 'ETIMEDOUT' })

/** A socket that came too late is closed. */
function unlessAborted(opening: Promise<Socket>, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      opening.then(
        socket => socket.destroy(),
        () => {},
      )
      reject(givenUp())
    }
    signal.addEventListener('abort', abort, { once: true })
    opening
      .finally(() => signal.removeEventListener('abort', abort))
      .then(socket => (signal.aborted ? abort() : resolve(socket)), reject)
  })
}

/** A connection that was given up while it was being opened. */
const givenUp = (): Error => Object.assign(new Error('The connection was given up'), { code: 'ECONNRESET' })

function settle<S extends Socket>(socket: S, event: string, what: string, signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(timedOut(what)), dialTimeout)
    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.off('error', fail)
      socket.off('close', closed)
      socket.off(event, succeed)
    }
    const succeed = (): void => {
      finish()
      resolve(socket)
    }
    const fail = (error: Error): void => {
      finish()
      // A socket may fail more than once; the first error is the one that tells.
      socket.on('error', () => {})
      reject(error)
    }
    const closed = (): void => fail(Object.assign(new Error('closed during ' + what), { code: 'ECONNRESET' }))
    const abort = (): void => {
      fail(givenUp())
      socket.destroy()
    }
    socket.on(event, succeed)
    socket.on('error', fail)
    socket.on('close', closed)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
  })
}
