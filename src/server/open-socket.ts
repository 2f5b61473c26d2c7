import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { RPC_PATH, RPC_PROTOCOL, SESSION_PROTOCOL_PREFIX } from '../shared/web-shell.ts'
import { isOwnAddress } from './own-address.ts'
import { readRequestPath } from '../shared/read-request-path.ts'
import type { Sessions } from './sessions.ts'

const REASONS = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
} as const

/** Answers on a bare socket, as far as its other end still listens, and closes it. */
export function refuse(socket: Duplex, status: keyof typeof REASONS): void {
  // Without a listener, an end that went away would be an uncaught error.
  socket.on('error', () => socket.destroy())
  if (!socket.writable) {
    socket.destroy()
    return
  }
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}

const readSecret = ({ headers }: IncomingMessage): string | undefined =>
  headers['sec-websocket-protocol']
    ?.split(',')
    .map(protocol => protocol.trim())
    .find(protocol => protocol.startsWith(SESSION_PROTOCOL_PREFIX))
    ?.slice(SESSION_PROTOCOL_PREFIX.length)

/** Turns upgrade requests of our own page, with a known session, into WebSockets. */
export function createSocketOpener({
  sessions,
  port,
  onSocket,
}: {
  readonly sessions: Sessions
  readonly port: () => number
  readonly onSocket: (socket: WebSocket) => void
}): { open(request: IncomingMessage, socket: Duplex, head: Buffer): void; stop(): void } {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: 64 * 1024 * 1024,
    handleProtocols: protocols => (protocols.has(RPC_PROTOCOL) ? RPC_PROTOCOL : false),
  })
  return {
    open(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const path = readRequestPath(request.url)
      if (path === undefined) refuse(socket, 400)
      else if (
        request.headers.origin === undefined ||
        !isOwnAddress({ host: request.headers.host, origin: request.headers.origin }, port())
      )
        refuse(socket, 403)
      else if (path !== RPC_PATH) refuse(socket, 404)
      else if (!sessions.isKnown(readSecret(request) ?? '')) refuse(socket, 401)
      else
        server.handleUpgrade(request, socket, head, webSocket => {
          // A frame that is no WebSocket frame closes the socket, which is all there is to do.
          webSocket.on('error', () => webSocket.terminate())
          onSocket(webSocket)
        })
    },
    stop() {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
}
