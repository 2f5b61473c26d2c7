import { Agent, request as requestHttp, type AgentOptions } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Carrier, TransportRequest, TransportResponse } from './transport.ts'

/** Takes its sockets from `dial`, the first one from the dial that found out that the server has no HTTP/2. */
class DialingAgent extends Agent {
  readonly #dial: () => Promise<Socket>

  constructor(dial: () => Promise<Socket>, options: AgentOptions) {
    super(options)
    this.#dial = dial
  }

  override createConnection(
    _options: unknown,
    done: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#dial().then(
      socket => done(null, socket),
      // Node looks at the stream only where there is no error.
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), new Duplex()),
    )
  }
}

/** Speaks HTTP/1.1 over kept-alive sockets, one for each request that is open. */
export function openHttp1(
  first: Socket,
  dial: () => Promise<Socket>,
  server: URL,
  onLost: () => void,
): Carrier {
  const sockets = new Set<Socket>()
  let spare: Socket | undefined = first
  let isUsable = true

  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      // Idle sockets come and go; without any the server may be gone, and the next request finds out.
      if (sockets.size === 0 && isUsable) {
        isUsable = false
        onLost()
      }
    })
    // Errors of a socket in use reach its request; those of an idle one only close it.
    socket.on('error', () => {})
    return socket
  }
  keep(first)
  const agent = new DialingAgent(
    async () => {
      const socket = spare ?? keep(await dial())
      spare = undefined
      return socket
    },
    { keepAlive: true, maxFreeSockets: 8 },
  )

  function send(request: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      const message = requestHttp({
        agent,
        host: server.hostname,
        port: server.port,
        method: request.method,
        path: request.path,
        headers: { host: server.host, ...request.headers },
        signal: request.signal,
      })
      message.on('error', reject)
      message.on('response', answer => {
        const headers = Object.fromEntries(
          Object.entries(answer.headers).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
          ),
        )
        resolve({ status: answer.statusCode ?? 0, headers, body: answer })
      })
      message.end(request.body)
    })
  }

  return {
    get isUsable() {
      return isUsable
    },
    hasRoom: true,
    send,
    close(reason) {
      isUsable = false
      agent.destroy()
      for (const socket of sockets) socket.destroy(reason)
    },
  }
}
