import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { dial, type Endpoint } from './dial.ts'
import { timedOut } from './dial-timeout.ts'
import { openHttp1 } from './transport-http1.ts'
import { openHttp2 } from './transport-http2.ts'

export interface TransportRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body?: string
  readonly signal: AbortSignal
  /** A watch: whoever sent it goes on elsewhere when the server is about to leave. */
  readonly isResumable?: boolean
}

export interface TransportResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable
}

/** Carries requests to one server over as few connections as its protocol allows. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>
  /** Called when a connection that was up is gone. Returns what stops the calls. */
  onLost(listener: () => void): () => void
  /** Cuts every connection, also those that are being opened: requests on them fail, later ones dial anew. */
  reset(reason: Error): void
  /** As `reset`, and later requests fail too. */
  close(reason: Error): void
}

/** One connection, or with HTTP/1.1 a pool of them. */
export interface Carrier {
  readonly isUsable: boolean
  /** Whether one more request may start now; HTTP/2 servers allow a hundred or so on a connection. */
  readonly hasRoom: boolean
  send(request: TransportRequest): Promise<TransportResponse>
  close(reason: Error): void
}

const answerTimeout = 30_000

/** HTTP/2 where the server offers it, so that many lists and watches share one TLS connection; else HTTP/1.1. */
export function openTransport(endpoint: Endpoint): Transport {
  const listeners = new Set<() => void>()
  const carriers = new Set<Carrier>()
  let dialing: Promise<Carrier> | undefined

  /** Ends the dials that are under way at a reset. */
  let ending = new AbortController()
  let closedFor: Error | undefined

  const open = async (): Promise<Carrier> => {
    if (closedFor) throw closedFor
    const { signal } = ending
    const dialMore = (): Promise<Socket | TLSSocket> => dial(endpoint, ['h2', 'http/1.1'], signal)
    const socket = await dialMore()
    if (signal.aborted) {
      socket.destroy()
      throw Object.assign(new Error('The connection was given up'), { code: 'ECONNRESET' })
    }
    const isHttp2 = 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
    const lost = (): void => {
      carriers.delete(carrier)
      for (const listener of [...listeners]) listener()
    }
    const carrier = isHttp2
      ? openHttp2(socket, endpoint.server, lost)
      : openHttp1(socket, dialMore, endpoint.server, lost)
    carriers.add(carrier)
    return carrier
  }

  const findCarrier = (): Carrier | undefined =>
    [...carriers].find(carrier => carrier.isUsable && carrier.hasRoom)

  async function send(request: TransportRequest): Promise<TransportResponse> {
    const used = findCarrier()
    if (!used) return timed(await dialFor(request), request)
    try {
      return await timed(used, request)
    } catch (error) {
      // A connection that went stale while idle says so only when it is used: what changes nothing is sent again.
      if (request.method !== 'GET' || request.signal.aborted || used.isUsable) throw error
      return timed(await dialFor(request), request)
    }
  }

  /** One dial for all who wait; who no longer waits is let go at once. */
  function dialFor({ signal }: TransportRequest): Promise<Carrier> {
    const shared = (dialing ??= open())
    const forget = (): void => {
      if (dialing === shared) dialing = undefined
    }
    shared.then(forget, forget)
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(new DOMException('Aborted', 'AbortError'))
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort)
      shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
    })
  }

  /** The head of the answer has to come in time; its body may be a watch. */
  async function timed(carrier: Carrier, request: TransportRequest): Promise<TransportResponse> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), answerTimeout)
    try {
      return await carrier.send({ ...request, signal: AbortSignal.any([request.signal, late.signal]) })
    } catch (error) {
      if (late.signal.aborted) throw timedOut(`the answer to ${request.method} ${request.path}`)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  function reset(reason: Error): void {
    ending.abort()
    ending = new AbortController()
    dialing = undefined
    for (const carrier of [...carriers]) carrier.close(reason)
    carriers.clear()
  }

  return {
    send,
    onLost(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    reset,
    close(reason) {
      closedFor = reason
      reset(reason)
    },
  }
}
