import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect as connectTls } from 'node:tls'
import { ProblemError } from '../../../domain/problem.ts'
import { dial } from '../../clusters/dial.ts'
import { findProxy } from '../../clusters/proxy.ts'
import type { Host } from '../../host.ts'
import { followRedirect, readDownloadUrl } from './mirror.ts'

const CHAIN_TIMEOUT_MS = 5

export interface UrlRequest {
  readonly url: string
  readonly env: Host['env']
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Longest silence in milliseconds. */
  readonly idleTimeoutMs: number
}

/** One GET with the redirects that are allowed. The answer may have any other status; its body must be read. */
export async function requestUrl(request: UrlRequest): Promise<IncomingMessage> {
  let url = readDownloadUrl(request.url)
  for (let redirects = 0; redirects <= CHAIN_TIMEOUT_MS; redirects += 1) {
    const answer = await get(url, request)
    const { statusCode = 0, headers } = answer
    if (![301, 302, 303, 307, 308].includes(statusCode)) return answer
    answer.destroy()
    url = followRedirect(url, headers.location)
  }
  throw new ProblemError({
    code: 'unreachable',
    message: `${url.host} sends in circles: more than ${CHAIN_TIMEOUT_MS} redirects`,
    hint: 'Check the mirror.',
  })
}

async function get(url: URL, { env, headers, signal, idleTimeoutMs }: UrlRequest): Promise<IncomingMessage> {
  const connection = await connectThroughProxy(url, env, signal)
  signal?.throwIfAborted()
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const ask = request(url, {
      // `identity`: a compressed answer would have another length and another hash.
      headers: { 'user-agent': 'mesh-workbench', 'accept-encoding': 'identity', ...headers },
      ...connection,
      ...(signal ? { signal } : {}),
    })
    ask.setTimeout(idleTimeoutMs, () => ask.destroy(silence(url, idleTimeoutMs)))
    ask.on('response', resolve)
    ask.on('error', error => reject(downloadProblem(url.host, error, signal)))
    ask.end()
  })
}

/** Only https goes through a proxy: plain http is for this machine itself. */
async function connectThroughProxy(
  url: URL,
  env: Host['env'],
  signal: AbortSignal = new AbortController().signal,
): Promise<RequestOptions> {
  const proxy = findProxy(url, env)
  if (!proxy || url.protocol !== 'https:') return { agent: false }
  const server = new URL(`http://${url.hostname}:${url.port || '443'}`)
  const socket = await dial({ server, proxy, isInsecure: false }, [], signal).catch((error: unknown) => {
    throw downloadProblem(proxy.host, error, signal)
  })
  return { createConnection: () => connectTls({ socket, servername: url.hostname }) }
}

const silence = (url: URL, idleTimeoutMs: number): ProblemError =>
  new ProblemError({
    code: 'unreachable',
    message: `${url.host} sent nothing for ${idleTimeoutMs / 1000} s`,
    hint: 'Try again: what has come is kept.',
  })

/** An error of a connection as a problem. */
export function downloadProblem(host: string, error: unknown, signal?: AbortSignal): ProblemError {
  if (error instanceof ProblemError) return error
  if (signal?.aborted === true)
    return new ProblemError({ code: 'cancelled', message: 'The download was stopped' }, { cause: error })
  const raw = error instanceof Error ? error.message : String(error)
  return new ProblemError(
    {
      code: 'unreachable',
      message: `The connection to ${host} failed: ${raw || 'it was closed'}`,
      hint: 'Check the network, HTTPS_PROXY and the mirror, and try again: what has come is kept.',
      raw,
    },
    { cause: error },
  )
}
