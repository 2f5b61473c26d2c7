import { request as requestHttp } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { dial, type Endpoint } from './dial.ts'
import { timedOut } from './dial-timeout.ts'

/** Asks the server to speak another protocol on one connection. */
export interface UpgradeRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Names in lower case; `upgrade` names the protocol. */
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly signal: AbortSignal
}

/** A connection that now speaks the other protocol. */
export interface Upgraded {
  readonly socket: Duplex
  /** What the server sent of the new protocol along with its answer. */
  readonly head: Buffer
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

const answerTimeout = 30_000
/** Of a refusal; more than this is no Status. */
const longestRefusal = 20_000

/** Opens a connection of its own and changes its protocol; where the server refuses, what it answered. */
export async function upgradeConnection(
  endpoint: Endpoint,
  { method, path, headers, signal }: UpgradeRequest,
): Promise<Upgraded | { readonly status: number; readonly body: string }> {
  // HTTP/2 has no Upgrade. Source: RFC 9113, section 8.6.
  const socket: Socket = await dial(endpoint, ['http/1.1'], signal)
  if (signal.aborted) socket.destroy()
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => request.destroy(timedOut(`the answer to ${method} ${path}`)), answerTimeout)
    const abort = (): void => {
      request.destroy(new DOMException('Aborted', 'AbortError'))
    }
    const settle = (): void => {
      clearTimeout(late)
      signal.removeEventListener('abort', abort)
    }
    const request = requestHttp({
      createConnection: () => socket,
      method,
      path,
      headers: { host: endpoint.server.host, connection: 'Upgrade', ...headers },
    })
    signal.addEventListener('abort', abort)
    request.on('upgrade', (answer, upgraded, head) => {
      settle()
      resolve({ socket: upgraded, head, headers: answer.headers })
    })
    request.on('response', answer => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => {
        if (body.length < longestRefusal) body += text
        // A refusal without an end.
        else answer.destroy()
      })
      answer.on('close', () => {
        settle()
        socket.destroy()
        resolve({ status: answer.statusCode ?? 0, body })
      })
    })
    request.on('error', error => {
      settle()
      socket.destroy()
      reject(error)
    })
    request.end()
  })
}
