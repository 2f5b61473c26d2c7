import { isMeshProxy } from '../setup/injection/pod-proxy.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { MeshPod } from '../istio/pod.ts'
import { findService } from '../routing/listener/connection.ts'
import { readClusterName } from '../routing/endpoint/destinations.ts'
import type { Caller, RoutingRequest } from '../routing/request.ts'
import { splitAuthority } from '../routing/listener/split-authority.ts'
import { parseAccessLog } from '../traffic/access-log.ts'

/**
 * The request of a line of a proxy's access log; undefined for other lines, and where it is not known who sent it. An
 * inbound line is of the callee: the caller is the pod with the address that it came from. Headers are not in the log.
 * What an application writes is no access log, whatever it looks like: only the proxies' containers are read.
 */
export function requestOfLogLine(
  mesh: Mesh,
  pod: { readonly namespace: string; readonly name: string; readonly container: string },
  line: string,
): RoutingRequest | undefined {
  if (!isMeshProxy(pod.container)) return undefined
  const logged = parseAccessLog(line)
  if (logged === undefined) return undefined
  const own = mesh.podsByNamespace.get(pod.namespace)?.find(({ name }) => name === pod.name)
  const isInbound = logged.cluster?.startsWith('inbound|') === true
  const address = logged.downstreamRemote?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  const sender = isInbound ? mesh.pods.find(({ ip }) => ip !== undefined && ip === address) : own
  if (sender === undefined) return undefined
  const from = callerOf(mesh, sender)
  const isSecure = from.kind === 'gateway' && logged.serverName !== undefined
  const { host, port } = splitAuthority(logged.authority)
  return {
    from,
    scheme: isSecure ? 'https' : 'http',
    method: logged.method,
    host,
    port: port ?? portOf(mesh, from, host, logged.cluster, isSecure),
    path: logged.path,
    headers: {},
    tls: isSecure ? 'simple' : 'none',
    ...(isSecure ? { sni: logged.serverName } : {}),
  }
}

function callerOf(mesh: Mesh, { namespace, labels, serviceAccount, hasProxy }: MeshPod): Caller {
  const isGateway = mesh.gateways.some(({ selector }) => {
    const wanted = Object.entries(selector)
    return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
  })
  if (isGateway) return { kind: 'gateway', namespace, labels, serviceAccount }
  return { kind: 'workload', namespace, labels, serviceAccount, ...(hasProxy ? {} : { hasProxy }) }
}

function portOf(
  mesh: Mesh,
  from: Caller,
  host: string,
  cluster: string | undefined,
  isSecure: boolean,
): number {
  if (from.kind === 'gateway') return isSecure ? 443 : 80
  const ports = findService(mesh, from, host.toLowerCase())?.ports.map(({ number }) => number) ?? []
  const target = readClusterName(cluster ?? '')
  if (target?.direction === 'outbound' && (ports.length === 0 || ports.includes(target.port)))
    return target.port
  return ports.includes(80) ? 80 : (ports[0] ?? 80)
}
