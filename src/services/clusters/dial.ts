import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { DIAL_TIMEOUT_MS, timedOut } from './dial-timeout.ts'
import { openTunnel } from './open-tunnel.ts'

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
    ? await unlessAborted(openTunnel(proxy, host, port, endpoint, signal), signal)
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
    const timer = setTimeout(() => socket.destroy(timedOut(what)), DIAL_TIMEOUT_MS)
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
