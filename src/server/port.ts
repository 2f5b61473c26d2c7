import type { WebSocket } from 'ws'
import type { Port } from '../shared/rpc/port.ts'

/** The local web server's end of one page's connection. */
export function socketPort(socket: WebSocket): Port {
  return {
    post: message => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
    },
    onMessage: listener => {
      const receive = (data: Buffer): void => {
        let message: unknown
        try {
          message = JSON.parse(data.toString())
        } catch {
          socket.close(1007) // not JSON: not our page
          return
        }
        listener(message)
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
