import type { IncomingMessage } from 'node:http'
import { platform, arch } from 'node:process'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { openApiV2, openApiV3, openApiV3Index } from '../objects/open-api.ts'
import { badRequest, notFound, unknownPath } from '../objects/status-error.ts'
import { answerObjects, readTarget, type ApiContext } from './api-server.ts'
import {
  AGGREGATED,
  aggregatedDiscovery,
  coreVersions,
  groupList,
  groupOf,
  resourceList,
  wantsAggregated,
} from './discovery.ts'
import { json, text, type Answer, type ApiRequest } from './exchange.ts'
import { servePortForward } from './port-forward.ts'
import { apiVersionOfType, CRDS } from './served-types.ts'

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.1+playground',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '2026-05-12T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${platform}/${arch}`,
}

/** Answers every request to the API server. */
export async function answer(context: ApiContext, request: ApiRequest): Promise<Answer> {
  const { path, method, headers } = request
  const [first = '', second, third] = path
  const types = context.types.all()
  const crds = context.store.list(CRDS)
  if (method === 'GET' || method === 'HEAD') {
    if (path.length === 0)
      return json({
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      })
    if (path.length === 1 && ['healthz', 'livez', 'readyz'].includes(first)) return text('ok')
    if (path.length === 1 && first === 'version') return json(VERSION)
    if (first === 'openapi') return answerOpenApi(request, crds)
    const isCore = first === 'api'
    if (path.length === 1 && (isCore || first === 'apis')) {
      if (wantsAggregated(headers.accept)) {
        const answered = json(aggregatedDiscovery(types, isCore))
        return { ...answered, headers: { ...answered.headers, 'content-type': AGGREGATED } }
      }
      return json(
        isCore ? coreVersions(String(headers.host ?? headers[':authority'] ?? '')) : groupList(types),
      )
    }
    if (first === 'apis' && path.length === 2 && second !== undefined) {
      const group = groupOf(types, second)
      if (group === undefined) throw unknownPath()
      return json(group)
    }
    if (second !== undefined && ((isCore && path.length === 2) || (first === 'apis' && path.length === 3))) {
      const groupVersion = isCore ? second : `${second}/${third ?? ''}`
      const served = types.filter(type => apiVersionOfType(type) === groupVersion)
      if (served.length === 0) throw unknownPath()
      return json(resourceList(groupVersion, served))
    }
  }
  if (first === 'api' || first === 'apis') return answerObjects(context, request)
  throw unknownPath()
}

const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/**
 * An OpenAPI v2 document without definitions, `swagger: "2.0"` and an `info`, in protobuf (gnostic's openapiv2
 * `Document`). kubectl asks for it only about kinds that v3 does not know, and then looks no further.
 */
const EMPTY_OPENAPI_V2 = '\n\u00032.0\u0012\u0010\n\nKubernetes\u0012\u00021.B\u0000'

function answerOpenApi({ path, headers }: ApiRequest, crds: Parameters<typeof openApiV3Index>[0]): Answer {
  const [, version, ...rest] = path
  if (version === 'v2' && rest.length === 0) {
    if (!(headers.accept ?? '').startsWith('application/com.github.proto-openapi'))
      return json(openApiV2(crds))
    return { status: 200, headers: { 'content-type': OPENAPI_V2_PROTOBUF }, body: EMPTY_OPENAPI_V2 }
  }
  if (version !== 'v3') throw unknownPath()
  if (rest.length === 0) return json(openApiV3Index(crds))
  // `api/v1` and `apis/GROUP/VERSION`.
  const document = openApiV3(rest.slice(1).join('/'), crds)
  if (document === undefined) throw unknownPath()
  return json(document)
}

const TUNNEL = 'SPDY/3.1+portforward.k8s.io'
const PROTOCOL = 'portforward.k8s.io'

/** Takes over connections for port-forward: SPDY/3.1 itself, or tunnelled in a WebSocket as kubectl does since 1.31. */
export function createUpgrade(
  getContext: () => ApiContext,
): (request: IncomingMessage, url: URL, socket: Duplex, head: Buffer) => void {
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: protocols => (protocols.has(TUNNEL) ? TUNNEL : false),
  })
  return (request, url, socket, head) => {
    const { store, types, workloads } = getContext()
    const path = url.pathname
      .split('/')
      .filter(segment => segment !== '')
      .map(decodeURIComponent)
    const target = readTarget(types, path)
    if (target?.type.plural !== 'pods' || target.type.group !== '' || target.rest[0] !== 'portforward')
      throw target ? badRequest('the playground upgrades connections for port-forward only') : unknownPath()
    const { namespace, name = '' } = target
    const pod = store.get(target.type, namespace, name)
    if (!pod) throw notFound(target.type, name)
    const upgrade = (request.headers.upgrade ?? '').toLowerCase()
    if (upgrade === 'websocket') {
      if (!(request.headers['sec-websocket-protocol'] ?? '').includes(TUNNEL))
        throw badRequest(`the only WebSocket protocol of port-forward is ${TUNNEL}`)
      webSockets.handleUpgrade(request, socket, head, webSocket =>
        servePortForward(createWebSocketStream(webSocket), pod, workloads),
      )
      return
    }
    if (upgrade !== 'spdy/3.1') throw badRequest(`unable to upgrade to ${JSON.stringify(upgrade)}`)
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\nx-stream-protocol-version: ${PROTOCOL}\r\n\r\n`,
    )
    if (head.length > 0) socket.unshift(head)
    servePortForward(socket, pod, workloads)
  }
}
