import { qualifyHost } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import { textOf } from '../../istio/fields/read-fields.ts'
import type { MeshService } from '../../istio/service.ts'
import type { MutualTlsMode, PeerAuthentication } from '../../istio/security.ts'
import { trafficPolicyFor } from './traffic-policy.ts'

export type { MutualTlsMode } from '../../istio/security.ts'

export interface Workload {
  /** Set where the workload is a waypoint: the Service whose requests it gets. */
  readonly waypointFor?: MeshService
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
export function explainServerMode(mesh: Mesh, workload: Workload, port: number | undefined): ServerTls {
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
 * How callers encrypt towards a destination where a DestinationRule says so; absent where it is automatic.
 * Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings-TLSmode
 */
export function explicitTls(
  mesh: Mesh,
  caller: Workload,
  host: string,
  subset?: string,
  port?: number,
): ClientTls | undefined {
  const qualified = qualifyHost(host, caller.namespace, mesh.clusterDomain)
  const { tls } = trafficPolicyFor(mesh, qualified, port, subset, caller.namespace, caller.labels)
  if (tls === undefined) return undefined
  switch (textOf(tls['mode'])) {
    case 'ISTIO_MUTUAL':
      return 'istio-mutual'
    case 'MUTUAL':
      return 'mutual'
    case 'SIMPLE':
      return 'simple'
    case 'DISABLE':
    default:
      // DISABLE is the value of a mode that is not written.
      return 'none'
  }
}

/**
 * What callers do by themselves: Istio's mutual TLS to workloads with a proxy that do not refuse it.
 * Source: https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/#auto-mtls
 */
export const automaticTls = (
  mesh: Mesh,
  workload: Workload & { readonly hasProxy: boolean },
  port: number | undefined,
): ClientTls =>
  mesh.settings.isAutoMtlsEnabled &&
  workload.hasProxy &&
  // istiod's clusters look at the namespace and the mesh alone (`BestEffortInferServiceMTLSMode` in push_context.go),
  // so that a workload's own STRICT does not help where these disable it; the endpoints look at the workload.
  serverMode(mesh, { namespace: workload.namespace, labels: {} }) !== 'DISABLE' &&
  serverMode(mesh, workload, port) !== 'DISABLE'
    ? 'istio-mutual'
    : 'none'
