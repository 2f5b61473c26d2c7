import { isWildcard } from '../istio/host-name.ts'
import type { Gateway, GatewayServer } from '../istio/gateway.ts'
import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import type { MeshPod } from '../istio/pod.ts'
import { isHttp, type MeshService } from '../istio/service.ts'
import { isSecure } from '../routing/listener/gateway-servers.ts'
import type { Caller, RoutingRequest } from '../routing/request.ts'
import { decideSimulated } from '../simulation/decide-simulated.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import type { TrafficEdge } from '../traffic/traffic-snapshot.ts'
import { formsByConditions, satisfy } from './request-forms.ts'
import { trafficIdOf } from './traced-requests.ts'

/** Why measured requests cannot be decided. */
export type UndecidableReason =
  /** The figures name no service that the objects have. */
  | 'no-service'
  /** The bytes of the connection are not read as requests. */
  | 'not-http'
  /** No rule of the gateway leads to the service. */
  | 'no-route'

/** What stands for the requests of an edge that no trace tells of. */
export interface Examples {
  readonly forms: readonly [RoutingRequest, ...RoutingRequest[]]
  readonly hasProxy: boolean
  readonly isCallerAssumed: boolean
}

/** Requests that stand for an edge: one for each condition that rules have, as nothing tells which of them were sent. */
export function exampleRequests(
  before: SimulatedMesh,
  after: SimulatedMesh,
  { source, target, protocol }: Pick<TrafficEdge, 'source' | 'target' | 'protocol'>,
): Examples | UndecidableReason {
  const { mesh } = before
  const service = [...mesh.services, ...mesh.serviceEntries].find(each => trafficIdOf(each) === target)
  if (service === undefined) return 'no-service'
  if (!/^(http|grpc)/.test(protocol)) return 'not-http'
  const pod = podOf(mesh, source)
  const method = protocol === 'grpc' ? 'POST' : 'GET'
  if (pod !== undefined && isGatewayPod(mesh, pod)) {
    const [first, ...others] = gatewayForms([before, after], callerOf(mesh, pod, 'gateway'), service, method)
    return first === undefined
      ? 'no-route'
      : { forms: [first, ...others], hasProxy: true, isCallerAssumed: false }
  }
  const hasProxy = pod?.hasProxy ?? !source.endsWith('/unknown')
  const isCallerAssumed = pod === undefined && hasProxy
  const from: Caller =
    pod === undefined
      ? { kind: 'workload', namespace: namespaceOf(source), labels: {}, hasProxy }
      : callerOf(mesh, pod, 'workload')
  const web = service.ports.filter(port => isHttp(port.protocol))
  const [port = service.ports[0]] = web
  const forms = (web.length === 0 && port !== undefined ? [port] : web).flatMap(({ number }) =>
    formsByConditions([before, after], {
      from,
      scheme: 'http',
      method,
      host: service.host,
      port: number,
      path: '/',
      headers: {},
      tls: 'none',
    }),
  )
  const [first, ...others] = forms
  return first === undefined ? 'no-service' : { forms: [first, ...others], hasProxy, isCallerAssumed }
}

const namespaceOf = (id: string): string => id.slice(0, id.indexOf('/'))

/** A pod of the caller that the figures name: by the labels that Istio names workloads by. */
function podOf(mesh: Mesh, source: string): MeshPod | undefined {
  const name = source.slice(source.indexOf('/') + 1)
  const own = (mesh.podsByNamespace.get(namespaceOf(source)) ?? []).filter(({ labels }) =>
    [labels['service.istio.io/canonical-name'], labels['app.kubernetes.io/name'], labels['app']].includes(
      name,
    ),
  )
  return own.find(({ hasProxy }) => hasProxy) ?? own[0]
}

/** The caller that a pod is one of, by the labels that all of its service account's pods with its app share. */
function callerOf(mesh: Mesh, pod: MeshPod, kind: Caller['kind']): Caller {
  const { namespace, serviceAccount } = pod
  const app = pod.labels['app']
  const alike = (mesh.podsByNamespace.get(namespace) ?? []).filter(
    other => other.serviceAccount === serviceAccount && other.labels['app'] === app,
  )
  const labels = Object.fromEntries(
    Object.entries(pod.labels).filter(([key, value]) => alike.every(other => other.labels[key] === value)),
  )
  return { kind, namespace, labels, serviceAccount }
}

const isGatewayPod = (mesh: Mesh, { labels }: MeshPod): boolean =>
  mesh.gateways.some(({ selector }) => Object.keys(selector).length > 0 && selects(selector, labels))

/** A request for each rule of a gateway, as it is or is going to be, that leads to the service now. */
function gatewayForms(
  simulated: readonly [SimulatedMesh, SimulatedMesh],
  from: Caller,
  service: MeshService,
  method: string,
): readonly RoutingRequest[] {
  const found = new Map<string, RoutingRequest>()
  for (const { mesh } of simulated)
    for (const gateway of mesh.gateways.filter(({ selector }) => selects(selector, from.labels)))
      for (const server of gateway.servers)
        for (const form of formsOfServer(mesh, gateway, server, from, method)) {
          const { destinations } = decideSimulated(simulated[0], form)
          if (destinations.some(({ host }) => host === service.host)) found.set(JSON.stringify(form), form)
        }
  return [...found.values()]
}

/** A request for each rule that a gateway's server has. */
function formsOfServer(
  mesh: Mesh,
  gateway: Gateway,
  server: GatewayServer,
  from: Caller,
  method: string,
): readonly RoutingRequest[] {
  const served = server.hosts.map(text => text.slice(text.indexOf('/') + 1))
  return mesh.virtualServices
    .filter(({ gateways }) => gateways.includes(`${gateway.namespace}/${gateway.name}`))
    .flatMap(({ hosts, http }) =>
      hosts.flatMap(own => {
        const host = nameUnder(isWildcard(own) ? (served.find(name => !isWildcard(name)) ?? own) : own)
        const request: RoutingRequest = {
          from,
          scheme: isSecure(server) ? 'https' : 'http',
          method,
          host,
          port: server.port.number,
          path: '/',
          headers: {},
          tls: isSecure(server) ? 'simple' : 'none',
          ...(isSecure(server) ? { sni: host } : {}),
        }
        return http.flatMap(({ matches }) =>
          matches.length === 0 ? [request] : matches.flatMap(match => satisfy(request, match) ?? []),
        )
      }),
    )
}

/** A name that a host with `*` stands for. */
const nameUnder = (host: string): string =>
  host === '*' ? 'example.com' : isWildcard(host) ? `any${host.slice(1)}` : host
