import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CodeAnswer } from '../shared/web-shell.ts'
import type { Sessions } from './sessions.ts'

/** A code has 43 characters. */
const MAX_BODY_BYTES = 200

/** The secret of an Authorization header. */
const readBearer = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer ([\w-]{1,100})$/.exec(headers.authorization ?? '')?.[1]

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving the loop must not cut the connection: the answer is still to come.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BODY_BYTES) return undefined
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Exchanges a one-time code for a session, or tells whether a session is known. */
export async function answerSession(
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('cache-control', 'no-store')
  if (request.method === 'GET') {
    const secret = readBearer(request)
    response.writeHead(secret !== undefined && sessions.isKnown(secret) ? 204 : 401).end()
    return
  }
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'GET, POST' }).end()
    return
  }
  // Browsers send the origin with every POST: what has none is no page.
  if (request.headers.origin === undefined) {
    response.writeHead(403).end()
    return
  }
  const code = await readBody(request)
  if (code === undefined) {
    response.writeHead(400, { connection: 'close' }).end()
    return
  }
  const exchange = sessions.exchange(code)
  const answer: CodeAnswer =
    exchange.kind === 'session' ? { secret: exchange.secret } : { refusal: exchange.kind }
  const status = exchange.kind === 'session' ? 200 : exchange.kind === 'too-many' ? 429 : 401
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}
