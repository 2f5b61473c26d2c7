import { qualifyHost } from '../mesh/host-name.ts'
import type { Mesh } from '../mesh/mesh.ts'
import { selects } from '../mesh/named-object.ts'
import { textOf } from '../mesh/read-fields.ts'
import type { MutualTlsMode, PeerAuthentication } from '../mesh/security.ts'
import { visibleServices } from '../mesh/visibility.ts'
import { endpointsOf } from '../routing/subset-endpoints.ts'
import { trafficPolicyFor } from './traffic-policy.ts'

export type { MutualTlsMode } from '../mesh/security.ts'

export interface Workload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

/** How a caller's proxy encrypts: Istio's own mutual TLS, mutual or one-sided TLS by files, or not. */
export type ClientTls = 'istio-mutual' | 'mutual' | 'simple' | 'none'

/** What a workload's proxy accepts, and the object that says so; absent where it is Istio's default. */
export interface ServerTls {
  readonly mode: MutualTlsMode
  readonly by?: { readonly namespace: string; readonly name: string }
}

/** What a workload's proxy accepts on a port of the workload (the container's, not the Service's). */
export const serverMode = (mesh: Mesh, workload: Workload, port?: number): MutualTlsMode =>
  explainServerMode(mesh, workload, port).mode

/**
 * The narrowest PeerAuthentication counts: for the port, the workload, the namespace, the mesh; the oldest where
 * several are as narrow. UNSET inherits; nothing said is PERMISSIVE.
 * Source: https://istio.io/latest/docs/concepts/security/#peer-authentication
 */
export function explainServerMode(mesh: Mesh, workload: Workload, port?: number): ServerTls {
  const isGeneral = (item: PeerAuthentication): boolean => Object.keys(item.selector).length === 0
  const ofNamespace = mesh.peerAuthentications.filter(item => item.namespace === workload.namespace)
  const own = ofNamespace.find(item => !isGeneral(item) && selects(item.selector, workload.labels))
  const portMode = port === undefined ? undefined : own?.portModes.get(port)
  if (own !== undefined && portMode !== undefined) return { mode: portMode, by: nameOf(own) }
  for (const item of [
    own,
    ofNamespace.find(isGeneral),
    mesh.peerAuthentications.find(other => other.namespace === mesh.rootNamespace && isGeneral(other)),
  ])
    if (item?.mode !== undefined) return { mode: item.mode, by: nameOf(item) }
  return { mode: 'PERMISSIVE' }
}

const nameOf = ({ namespace, name }: PeerAuthentication): { namespace: string; name: string } => ({
  namespace,
  name,
})

/**
 * How callers of a namespace encrypt towards a destination: as the DestinationRule says, else automatically, that
 * is Istio's mutual TLS to workloads with a proxy that do not refuse it.
 * Source: https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/#auto-mtls
 */
export function clientTls(
  mesh: Mesh,
  callerNamespace: string,
  host: string,
  subset?: string,
  port?: number,
): ClientTls {
  const qualified = qualifyHost(host, callerNamespace, mesh.clusterDomain)
  const mode = textOf(trafficPolicyFor(mesh, qualified, port, subset, callerNamespace).tls?.['mode'])
  switch (mode) {
    case 'ISTIO_MUTUAL':
      return 'istio-mutual'
    case 'MUTUAL':
      return 'mutual'
    case 'SIMPLE':
      return 'simple'
    case 'DISABLE':
      return 'none'
    default:
      return automaticTls(mesh, callerNamespace, qualified, subset, port)
  }
}

function automaticTls(
  mesh: Mesh,
  callerNamespace: string,
  host: string,
  subset?: string,
  port?: number,
): ClientTls {
  const service = visibleServices(mesh, callerNamespace).get(host)
  if (service === undefined || service.isExternal) return 'none'
  const pods = endpointsOf(mesh, host, subset, callerNamespace)
  // Where no pod is known, as in files alone, the workloads are taken to be in the mesh.
  if (pods.length === 0) return 'istio-mutual'
  const target = service.ports.find(item => item.number === port)?.targetPort
  return pods.some(pod => {
    const number =
      typeof target === 'string' ? pod.containerPorts.find(item => item.name === target)?.number : target
    return pod.hasProxy && serverMode(mesh, pod, number) !== 'DISABLE'
  })
    ? 'istio-mutual'
    : 'none'
}
