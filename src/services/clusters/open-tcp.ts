import { connect, type Socket } from 'node:net'
import { DIAL_TIMEOUT_MS, timedOut } from './dial-timeout.ts'

/** A TCP connection. When the signal aborts before it is open, it is closed. */
export function openTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return settle(connect({ host, port }), 'connect', `connecting to ${host}:${port}`, signal)
}

/** A connection that was given up while it was being opened. */
export const givenUp = (): Error =>
  Object.assign(new Error('The connection was given up'), { code: 'ECONNRESET' })

/** The socket once the event has come; it is closed when that takes too long or the signal aborts. */
export function settle<S extends Socket>(
  socket: S,
  event: string,
  what: string,
  signal: AbortSignal,
): Promise<S> {
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
