import type { WebSocket } from 'ws'
import type { Port } from '../shared/rpc/port.ts'

/** The local web server's end of one page's connection. */
export function socketPort(socket: WebSocket): Port {
  return {
    post: message => socket.send(JSON.stringify(message)),
    onMessage: listener => {
      const receive = (data: unknown): void => {
        try {
          listener(JSON.parse(String(data)))
        } catch {
          socket.close(1007) // not JSON: not our page
        }
      }
      socket.on('message', receive)
      return () => socket.off('message', receive)
    },
    onClose: listener => {
      socket.on('close', listener)
      return () => socket.off('close', listener)
    },
  }
}

/** A WebSocket is not bound by the same-origin policy: without this any web page could drive us. */
export function isAllowed(
  request: { origin: string | undefined; token: string | null },
  expected: { origin: string; token: string },
): boolean {
  return request.origin === expected.origin && request.token === expected.token
}
