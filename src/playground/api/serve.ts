import { createHash, timingSafeEqual } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StatusError, unauthorized } from '../objects/status-error.ts'
import type { Certificate } from './certificate.ts'
import { json, toStatusError, type Answer, type ApiRequest } from './exchange.ts'

export interface ServeOptions {
  readonly certificate: Certificate
  readonly token: string
  readonly port: number
  readonly answer: (request: ApiRequest) => Promise<Answer>
  /** Takes over a connection whose client asked to. Throws a StatusError to refuse. */
  readonly upgrade: (request: IncomingMessage, url: URL, socket: Duplex, head: Buffer) => void
}

export interface Served {
  readonly port: number
  stop(): Promise<void>
}

type Incoming = IncomingMessage | Http2ServerRequest
type Outgoing = ServerResponse | Http2ServerResponse

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** HTTPS on 127.0.0.1, HTTP/2 and HTTP/1.1, behind a token. */
export async function serve({ certificate, token, port, answer, upgrade }: ServeOptions): Promise<Served> {
  const expected = digest(`Bearer ${token}`)
  const stopped = new AbortController()
  // Every open watch listens.
  setMaxListeners(0, stopped.signal)
  const sockets = new Set<Duplex>()
  const server = createSecureServer({
    cert: certificate.certificate,
    key: certificate.key,
    allowHTTP1: true,
    // As many requests at once as the real server takes; Node's 10 MB would end a connection that lists much at once.
    settings: { maxConcurrentStreams: 250 },
    maxSessionMemory: 512,
  })

  const requireToken = ({ headers }: Incoming): void => {
    if (!timingSafeEqual(digest(headers.authorization ?? ''), expected)) throw unauthorized()
  }

  async function respond(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    const gone = new AbortController()
    const abort = (): void => gone.abort()
    outgoing.on('close', abort)
    stopped.signal.addEventListener('abort', abort)
    try {
      requireToken(incoming)
      await send(incoming, outgoing, await answer(readRequest(incoming, gone.signal)))
    } catch (error) {
      // A client that went away hears nothing; half an answer can only be cut off.
      if (gone.signal.aborted || outgoing.headersSent) outgoing.destroy()
      else await send(incoming, outgoing, refusal(error))
    } finally {
      stopped.signal.removeEventListener('abort', abort)
    }
  }

  server.on('request', (incoming: Http2ServerRequest, outgoing: Http2ServerResponse) => {
    respond(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      requireToken(request)
      upgrade(request, new URL(request.url ?? '/', 'https://playground'), socket, head)
    } catch (error) {
      const status = toStatusError(error)
      const text = JSON.stringify(status.toStatus())
      socket.end(
        `HTTP/1.1 ${status.code} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      )
    }
  })
  server.on('secureConnection', (socket: Duplex) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A connection reset by its client is no fault of the server.
    socket.on('error', () => socket.destroy())
  })
  server.on('tlsClientError', (_error, socket: Duplex) => socket.destroy())

  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise(resolve => {
        stopped.abort()
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const refusal = (error: unknown): Answer => {
  const status = toStatusError(error)
  if (!(error instanceof StatusError)) console.error('The playground failed to answer:', error)
  return json(status.toStatus(), status.code)
}

function readRequest(incoming: Incoming, signal: AbortSignal): ApiRequest {
  const url = new URL(incoming.url ?? '/', 'https://playground')
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname
      .split('/')
      .filter(segment => segment !== '')
      .map(decodeSegment),
    rawPath: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: incoming,
    signal,
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // A path that is not encoded rightly names nothing; the answer says so.
    return segment
  }
}

async function send(
  incoming: Incoming,
  outgoing: Outgoing,
  { status, headers, body }: Answer,
): Promise<void> {
  // Both responses have the same methods; TypeScript cannot call a union of their overloads.
  const response = outgoing as ServerResponse
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (typeof body === 'string') {
    response.setHeader('content-length', Buffer.byteLength(body))
    response.end(incoming.method === 'HEAD' ? undefined : body)
    // What is left of a refused body would block the connection for the next request.
    if (!incoming.readableEnded) incoming.resume()
    return
  }
  response.flushHeaders()
  await pipeline(body, response)
}

function listen(server: ReturnType<typeof createSecureServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
