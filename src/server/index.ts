import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Backend } from '../shared/contract.ts'
import { contract } from '../shared/contract.ts'
import { serve } from '../shared/rpc/serve.ts'
import { CODE_FRAGMENT, SESSION_PATH } from '../shared/web-shell.ts'
import { answerSession } from './answer-session.ts'
import { createSocketOpener, refuse } from './open-socket.ts'
import { isOwnAddress } from './own-address.ts'
import { socketPort } from './port.ts'
import { readRequestPath } from '../shared/read-request-path.ts'
import type { Sessions } from './sessions.ts'
import { sendFile } from './static.ts'

export { createSessions, type Sessions } from './sessions.ts'

/** The web shell while it runs. */
export interface RunningServer {
  readonly origin: string
  /** An address with a new one-time code. */
  readonly makeAddress: () => string
  stop(): Promise<void>
}

/**
 * Serves the window to a browser on this machine. Listens on 127.0.0.1 only. Every request and socket must carry our own
 * Host and Origin; everything but the files of the page, which hold no secret, must carry a session. No cookies: they do
 * not know ports, so every other server on 127.0.0.1 would get them.
 */
export async function startServer({
  handlers,
  sessions,
  pageFolder,
  port = 0,
}: {
  handlers: Backend
  sessions: Sessions
  pageFolder: string
  port?: number
}): Promise<RunningServer> {
  let actualPort = port
  const webSockets = createSocketOpener({
    sessions,
    port: () => actualPort,
    onSocket: socket => serve(socketPort(socket), contract, handlers),
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = readRequestPath(request.url)
    const { host, origin } = request.headers
    if (path === undefined || hasTwoHosts(request)) response.writeHead(400).end('Bad request')
    else if (!isOwnAddress({ host, origin }, actualPort))
      response.writeHead(403).end('Open the address that Mesh Workbench printed.')
    else if (path === SESSION_PATH) await answerSession(sessions, request, response)
    else if (request.method === 'GET' || request.method === 'HEAD') await sendFile(pageFolder, path, response)
    else response.writeHead(405, { allow: 'GET, HEAD' }).end()
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A client that went away in the middle of its request is not worth a line.
      if (!request.destroyed) console.error('A request of the browser could not be answered', error)
      response.destroy()
    })
  })
  server.on('upgrade', (request, socket, head) => webSockets.open(request, socket, head))
  // CONNECT asks for a proxy, which this is not.
  server.on('connect', (_request, socket) => refuse(socket, 400))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuse(socket, error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400),
  )
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  actualPort = (server.address() as AddressInfo).port
  const origin = `http://127.0.0.1:${actualPort}`
  return {
    origin,
    makeAddress: () => `${origin}/${CODE_FRAGMENT}${sessions.issueCode()}`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        webSockets.stop()
        for (const socket of open) socket.destroy()
      }),
  }
}

/** Node keeps the first of several Host headers and drops the others. Source: RFC 9112, section 3.2. */
const hasTwoHosts = ({ rawHeaders }: IncomingMessage): boolean =>
  rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1
