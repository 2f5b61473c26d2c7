import type { Socket } from 'node:net'

/**
 * Ends a connection so that its other end is told that something failed. One that is being ended already is closed
 * without: a reset beside a shutdown fails with EINVAL in libuv, and then Node never says that the socket is closed.
 * Source: libuv, docs/src/tcp.rst, uv_tcp_close_reset.
 */
export function cutConnection(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
