import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import type { Duplex } from 'node:stream'
import { answerJaeger } from '../telemetry/jaeger-api.ts'
import type { TraceStore } from '../telemetry/trace-store.ts'
import { describeAnswer } from '../traffic/application.ts'
import { nodeType, type Instance } from '../traffic/instance.ts'
import type { Network } from '../traffic/network.ts'
import type { Answer, TravellingRequest } from '../traffic/request.ts'
import { identify } from '../traffic/visitors.ts'

interface ServerParts {
  readonly network: Network
  readonly traces: TraceStore
  readonly now: () => number
  readonly random: () => number
}

/** The HTTP servers in the pods. They listen on no socket: each connection is a pair of streams. */
export class PodServers {
  readonly #parts: ServerParts

  constructor(parts: ServerParts) {
    this.#parts = parts
  }

  connect(instance: Instance, port: number): Duplex | undefined {
    const listener = this.#listenerOf(instance, port)
    if (listener === undefined) return undefined
    const server = createServer(listener)
    const [inside, outside] = duplexPair()
    outside.once('close', () => inside.destroy())
    inside.once('close', () => {
      outside.destroy()
      server.close()
    })
    server.emit('connection', inside)
    return outside
  }

  #listenerOf(instance: Instance, port: number): RequestListener | undefined {
    const { proxyMode } = instance
    if (proxyMode !== undefined) {
      if (port === 15020 || (port === 15090 && proxyMode !== 'ztunnel')) return servesMetrics(instance, port)
      if (port === 15021) return servesReadiness
      if (port === 15000) return servesAdministration(instance)
      if (proxyMode === 'gateway') return this.#servesGateway(instance, port)
      if (proxyMode !== 'sidecar') return undefined
    }
    if (!instance.ports.includes(port)) return undefined
    if (instance.app === 'jaeger') return port === 16686 ? servesTraces(this.#parts.traces) : undefined
    if (instance.app === 'istiod') return servesControlPlane
    return this.#servesApplication(instance, port)
  }

  /** What comes through a port-forward to the gateway takes the way of a visitor's request. */
  #servesGateway(instance: Instance, listener: number): RequestListener {
    return (incoming, response) => {
      this.#carry(incoming, response, listener === 8443 ? 443 : 80, request =>
        this.#parts.network.send(instance, request, this.#parts.now()),
      )
    }
  }

  #servesApplication(instance: Instance, port: number): RequestListener {
    return (incoming, response) => {
      this.#carry(incoming, response, port, request =>
        this.#parts.network.answerAt(instance, request, this.#parts.now()),
      )
    }
  }

  /** Answers when the simulated time of the answer has passed. */
  #carry(
    incoming: IncomingMessage,
    response: ServerResponse,
    port: number,
    run: (request: TravellingRequest) => Answer,
  ): void {
    incoming.resume()
    const request = identify(
      {
        method: incoming.method ?? 'GET',
        host: (incoming.headers.host ?? 'localhost').replace(/:\d+$/, ''),
        port,
        path: incoming.url ?? '/',
        headers: readHeaders(incoming),
        requestBytes: Number(incoming.headers['content-length'] ?? 0),
      },
      this.#parts.random,
    )
    const answer = run(request)
    const timer = setTimeout(() => writeAnswer(response, request, answer), answer.duration)
    response.once('close', () => clearTimeout(timer))
  }
}

function readHeaders({ headers }: IncomingMessage): Record<string, string> {
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) read[name] = Array.isArray(value) ? value.join(',') : value
  return read
}

function writeAnswer(response: ServerResponse, request: TravellingRequest, answer: Answer): void {
  const { by } = answer
  response.statusCode = answer.status
  if (by !== undefined)
    response.setHeader('x-envoy-upstream-service-time', String(Math.round(answer.duration)))
  response.setHeader('server', by === undefined || by.proxyMode !== undefined ? 'istio-envoy' : by.app)
  changeHeaders(response, answer)
  if (answer.location !== undefined) response.setHeader('location', answer.location)
  if (by === undefined || answer.status >= 400) {
    response.setHeader('content-type', 'text/plain')
    response.end(textOf(answer))
    return
  }
  response.setHeader('content-type', by.stack === 'Angular' ? 'text/html; charset=utf-8' : 'application/json')
  response.end(request.method === 'HEAD' ? undefined : describeAnswer(by, request))
}

/** What rules do to the headers of the answer: remove, set, then add. */
function changeHeaders(response: ServerResponse, { responseHeaders }: Answer): void {
  if (responseHeaders === undefined) return
  for (const name of responseHeaders.remove) response.removeHeader(name)
  for (const [name, value] of Object.entries(responseHeaders.set)) setHeader(response, name, value)
  for (const [name, value] of Object.entries(responseHeaders.add)) setHeader(response, name, value)
}

function setHeader(response: ServerResponse, name: string, value: string): void {
  try {
    response.setHeader(name, value)
  } catch {
    // Node takes no header that HTTP does not allow.
  }
}

/** The texts with which Envoy answers by itself. */
function textOf({ status, flags, details, location }: Answer): string {
  if (location !== undefined) return ''
  if (flags.includes('FI')) return 'fault filter abort'
  if (flags.includes('UH')) return 'no healthy upstream'
  if (flags.includes('UT')) return 'upstream request timeout'
  if (status === 403) return 'RBAC: access denied'
  if (details.startsWith('upstream_reset'))
    return `upstream connect error or disconnect/reset before headers. reset reason: ${/\{([^}|]*)/.exec(details)?.[1]?.replaceAll('_', ' ') ?? ''}`
  return status >= 500 ? 'internal error' : ''
}

const servesMetrics =
  (instance: Instance, port: number): RequestListener =>
  (incoming, response) => {
    const { pathname: path, searchParams } = new URL(incoming.url ?? '/', 'http://pod')
    if (path === '/healthz/ready' && port === 15020) {
      response.end()
      return
    }
    if (path !== '/stats/prometheus' && !(path === '/metrics' && port === 15020)) {
      response.writeHead(404).end()
      return
    }
    const agent =
      port === 15020
        ? '# TYPE istio_agent_pilot_proxy_connected gauge\nistio_agent_pilot_proxy_connected 1\n# TYPE istio_build gauge\nistio_build{component="agent",tag="1.31.0"} 1\n'
        : ''
    const filter = readFilter(searchParams.get('filter'))
    if (filter === undefined) {
      response.writeHead(400).end('Invalid regex: "invalid syntax"\n')
      return
    }
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    response.end(agent + instance.metrics.write(filter))
  }

/** Envoy's `filter` is a regular expression on names. Source: https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--stats */
function readFilter(text: string | null): RegExp | undefined {
  try {
    return new RegExp(text ?? '')
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const servesReadiness: RequestListener = (incoming, response) => {
  response.writeHead(incoming.url === '/healthz/ready' ? 200 : 404).end()
}

const servesControlPlane: RequestListener = (incoming, response) => {
  const path = new URL(incoming.url ?? '/', 'http://pod').pathname
  if (path === '/ready') response.writeHead(200).end()
  else if (path === '/version') response.end('1.31.0-playground-Clean\n')
  else if (path === '/metrics')
    response.end('# TYPE istio_build gauge\nistio_build{component="pilot",tag="1.31.0"} 1\n')
  else response.writeHead(404).end()
}

/** The part of Envoy's administration that tells who it is and what it counted. */
const servesAdministration =
  (instance: Instance): RequestListener =>
  (incoming, response) => {
    const path = new URL(incoming.url ?? '/', 'http://pod').pathname
    if (path === '/stats/prometheus') response.end(instance.metrics.write())
    else if (path === '/ready') response.end('LIVE\n')
    else if (path === '/stats') response.end('server.live: 1\nserver.state: 0\n')
    else if (path === '/server_info') {
      response.setHeader('content-type', 'application/json')
      const id = `${nodeType(instance)}~${instance.ip}~${instance.name}.${instance.namespace}~${instance.namespace}.svc.cluster.local`
      const node = { id, cluster: `${instance.app}.${instance.namespace}` }
      response.end(JSON.stringify({ version: 'simulated/1.31.0', state: 'LIVE', node }))
    } else response.writeHead(404).end()
  }

const servesTraces =
  (traces: TraceStore): RequestListener =>
  (incoming, response) => {
    const { status, body } = answerJaeger(traces, new URL(incoming.url ?? '/', 'http://jaeger'))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
