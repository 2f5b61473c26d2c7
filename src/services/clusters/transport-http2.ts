import { connect, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { timedOut } from './dial-timeout.ts'
import type { Carrier, TransportRequest, TransportResponse } from './transport.ts'

const pingEvery = 4_000
const pingTimeout = 6_000
/** Node counts what waits in all streams; lists of large clusters need more than its 10 MB. */
const sessionMegabytes = 128

/** Speaks HTTP/2 on a socket. Finds a half-open connection by PING within 10 s while requests are open. */
export function openHttp2(socket: Socket, server: URL, onLost: () => void): Carrier {
  const session = connect(server.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: 4 * 1024 * 1024 },
    maxSessionMemory: sessionMegabytes,
  })
  let isUsable = true
  let open = 0
  let failure: Error | undefined

  const resumable = new Set<ClientHttp2Stream>()

  const end = (): void => {
    if (!isUsable) return
    isUsable = false
    onLost()
  }
  session.on('connect', () => {
    // It may have been given up in the moment between.
    if (!session.destroyed) session.setLocalWindowSize(32 * 1024 * 1024)
  })
  session.on('error', (error: Error) => {
    failure = error
    end()
  })
  // After GOAWAY new requests dial anew and those that run come to their end. An API server that shuts down keeps
  // its watches open for up to a minute and sends nothing more on them: they are cut, to be resumed elsewhere.
  session.on('goaway', () => {
    end()
    for (const stream of resumable) stream.destroy(cut('The server is going away (GOAWAY)'))
  })
  session.on('close', () => {
    clearInterval(pinging)
    end()
  })
  const pinging = setInterval(() => {
    if (open === 0 || session.destroyed) return
    const late = setTimeout(() => session.destroy(timedOut('the answer to a PING')), pingTimeout)
    const isSent = session.ping(() => clearTimeout(late))
    if (!isSent) clearTimeout(late)
  }, pingEvery)
  pinging.unref()

  function send(request: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      request.signal.throwIfAborted()
      const stream: ClientHttp2Stream = session.request(
        { ...request.headers, ':method': request.method, ':path': request.path },
        { endStream: request.body === undefined },
      )
      const abort = (): void => void stream.destroy(new DOMException('Aborted', 'AbortError'))
      request.signal.addEventListener('abort', abort)
      open += 1
      if (request.isResumable) resumable.add(stream)
      stream.on('close', () => {
        open -= 1
        resumable.delete(stream)
        request.signal.removeEventListener('abort', abort)
        // Without an answer and without an error of its own: the session went away under it.
        reject(failure ?? cut('The connection was closed'))
      })
      stream.on('error', reject)
      stream.on('response', headers => {
        resolve({ status: headers[':status'] ?? 0, headers: plain(headers), body: stream })
      })
      if (request.body !== undefined) stream.end(request.body)
    })
  }

  return {
    get isUsable() {
      return isUsable && !session.closed && !session.destroyed
    },
    get hasRoom() {
      return open < Math.min(session.remoteSettings.maxConcurrentStreams ?? 100, 200) - 5
    },
    send,
    close(reason) {
      clearInterval(pinging)
      isUsable = false
      session.destroy(reason)
    },
  }
}

const cut = (message: string): Error => Object.assign(new Error(message), { code: 'ECONNRESET' })

const plain = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(':') || value === undefined
        ? []
        : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
