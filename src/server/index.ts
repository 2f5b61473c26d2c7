import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Backend } from '../shared/contract.ts'
import { contract } from '../shared/contract.ts'
import { serve } from '../shared/rpc/serve.ts'
import { isAllowed } from './allowed-request.ts'
import { socketPort } from './port.ts'
import { sendFile } from './static.ts'

const COOKIE = 'mesh-workbench-token'

/** The token of a request: of the first page load in the query, later of the cookie that this load set. */
function tokenOf(request: IncomingMessage, url: URL, port: number): string | undefined {
  const name = `${COOKIE}-${port}=`
  const cookie = request.headers.cookie?.split('; ').find(part => part.startsWith(name))
  return url.searchParams.get('token') ?? cookie?.slice(name.length)
}

/**
 * Serves the window to a browser on this machine. Listens on 127.0.0.1 only; every request and socket must carry the
 * token and our own Host and Origin. Returns the address to open and the function that stops it.
 */
export async function startServer({
  handlers,
  pageFolder,
  port = 0,
}: {
  handlers: Backend
  pageFolder: string
  port?: number
}): Promise<{ url: string; stop(): Promise<void> }> {
  const token = randomBytes(24).toString('base64url')
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 })
  let actualPort = port

  const knock = (request: IncomingMessage, url: URL): boolean =>
    isAllowed(
      {
        host: request.headers.host,
        origin: request.headers.origin,
        token: tokenOf(request, url, actualPort),
      },
      { port: actualPort, token },
    )
  const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://127.0.0.1')

  const server = createServer((request, response) => {
    const url = urlOf(request)
    if (!knock(request, url)) {
      response.writeHead(403).end('Open the address that Mesh Workbench printed: it carries a token.')
      return
    }
    // Cookies do not know ports: the name carries it, so that two shells do not take each other's.
    response.setHeader('set-cookie', `${COOKIE}-${actualPort}=${token}; HttpOnly; SameSite=Strict; Path=/`)
    void sendFile(pageFolder, decodeURIComponent(url.pathname), response)
  })
  server.on('upgrade', (request, socket, head) => {
    const url = urlOf(request)
    if (url.pathname !== '/rpc' || request.headers.origin === undefined || !knock(request, url)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, webSocket =>
      serve(socketPort(webSocket), contract, handlers),
    )
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  actualPort = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${actualPort}/?token=${token}`,
    stop: () =>
      new Promise(resolve => {
        for (const client of sockets.clients) client.terminate()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
