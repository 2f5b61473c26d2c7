import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { ProblemError } from '../../domain/problem.ts'
import type { Host } from '../host.ts'
import { connectionProblem } from './connection-problem.ts'
import { dial } from './dial.ts'
import { findProxy } from './proxy.ts'

export interface OidcRequest {
  readonly url: URL
  readonly env: Host['env']
  /** PEM; absent: the system's authorities. */
  readonly authority?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form by POST; absent: GET. */
  readonly form?: URLSearchParams
}

const TIMEOUT_MS = 20_000
const MAX_BODY_BYTES = 1024 * 1024
const MAX_REDIRECTS = 5

/** One request to an identity provider: limited in time, size and redirects, and encrypted unless it stays on this machine. */
export async function requestOidc(
  request: OidcRequest,
): Promise<{ readonly status: number; readonly body: string }> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  let { url } = request
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      assertEncrypted(url)
      const answer = await send({ ...request, url }, signal)
      const { statusCode: status = 0, headers } = answer
      const isRedirect = [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined
      // A form holds the refresh token: it goes to the address that was asked for, and nowhere else.
      if (!isRedirect || request.form) return { status, body: await readBody(answer, url) }
      answer.destroy()
      url = new URL(headers.location ?? '', url)
    }
  } catch (error) {
    if (signal.aborted) throw refuse(url, `did not answer within ${TIMEOUT_MS / 1000} s`)
    throw new ProblemError(connectionProblem(error, url.origin), { cause: error })
  }
  throw refuse(url, `sends in circles: more than ${MAX_REDIRECTS} redirects`)
}

function assertEncrypted(url: URL): void {
  const isOwn = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isOwn)) return
  throw refuse(url, 'is not an https address, and tokens are not sent unencrypted', 'unsupported')
}

async function send(
  { url, env, authority, headers, form }: OidcRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const proxy = findProxy(url, env)
  const socket = await dial(
    {
      server: url,
      isInsecure: false,
      ...(proxy ? { proxy } : {}),
      ...(authority === undefined ? {} : { authority }),
    },
    ['http/1.1'],
    signal,
  )
  const body = form?.toString()
  return new Promise((resolve, reject) => {
    const ask = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        'user-agent': 'mesh-workbench',
        ...(body === undefined
          ? {}
          : {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': String(Buffer.byteLength(body)),
            }),
        ...headers,
      },
      createConnection: () => socket,
      signal,
    })
    ask.on('response', resolve)
    ask.on('error', error => {
      socket.destroy()
      reject(error)
    })
    ask.end(body)
  })
}

async function readBody(answer: IncomingMessage, url: URL): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) throw refuse(url, 'answered with more than 1 MB', 'too-large')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    answer.destroy()
  }
}

const refuse = (
  url: URL,
  reason: string,
  code: 'unreachable' | 'unsupported' | 'too-large' = 'unreachable',
): ProblemError =>
  new ProblemError({
    code,
    message: `The identity provider ${url.origin} ${reason}`,
    hint: 'Check idp-issuer-url in the kubeconfig, and the network.',
  })
