import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A mirror of downloads on this machine that answers as it is told, and remembers what it was asked. */
export interface Mirror {
  readonly url: string
  readonly asked: readonly { readonly path: string; readonly range: string | undefined }[]
  readonly stop: () => Promise<void>
}

export async function startMirror(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Mirror> {
  const asked: { path: string; range: string | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', range: request.headers.range })
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Answers with a file, from where the range begins; breaks the connection after `cutAt` bytes where that is given. */
export function serveFile(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { bytes, etag, cutAt }: { readonly bytes: Buffer; readonly etag: string; readonly cutAt?: number },
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  response.writeHead(from === 0 ? 200 : 206, {
    etag,
    'content-length': bytes.length - from,
    ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  })
  if (cutAt === undefined) response.end(bytes.subarray(from))
  else response.write(bytes.subarray(from, cutAt), () => setImmediate(() => response.destroy()))
}
