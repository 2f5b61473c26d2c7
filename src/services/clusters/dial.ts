import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { openTunnel } from './open-tunnel.ts'
import { givenUp, openTcp, settle } from './open-tcp.ts'

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
