import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { internalError, StatusError } from '../objects/status-error.ts'

/** One request after the transport: HTTP/1.1 and HTTP/2 look the same. */
export interface ApiRequest {
  readonly method: string
  /** The segments of the path, decoded. */
  readonly path: readonly string[]
  /** The path as it was sent, without the query. */
  readonly rawPath: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  /** Aborts when the client goes or the server stops. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Readable
}

export const json = (value: unknown, status = 200, warnings: readonly string[] = []): Answer => ({
  status,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    // RFC 7234, 5.5; the agent is unknown (`-`) as in the real server.
    ...(warnings.length === 0 ? {} : { warning: warnings.map(text => `299 - ${JSON.stringify(text)}`) }),
  },
  body: `${JSON.stringify(value)}\n`,
})

export const text = (value: string, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: value,
})

/** What was thrown, as a refusal. What is not one is a fault of the playground and says 500. */
export const toStatusError = (error: unknown): StatusError =>
  error instanceof StatusError ? error : internalError(error instanceof Error ? error.message : String(error))
