import type { Mesh } from '../../istio/mesh.ts'
import type { ConsideredPolicy, PolicyReference } from '../policy/authorization.ts'
import { authorize } from '../policy/authorization.ts'
import type { Call } from '../policy/call.ts'
import type { ClientTls, Workload } from '../policy/mutual-tls.ts'
import { explainServerMode } from '../policy/mutual-tls.ts'
import type { RejectionReason } from '../decision.ts'

/** Who opens the connection, as the destination's ztunnel knows it. */
export interface ZtunnelClient {
  /** Whether a proxy of the mesh does, so that it comes by HBONE, which is mutual TLS. */
  readonly hasProxy: boolean
  readonly principal: string
  readonly isAssumed: boolean
  readonly ip?: string
}

export interface ZtunnelVerdict {
  readonly tls: ClientTls
  readonly isAccepted: boolean
  readonly reason?: RejectionReason
  readonly deniedBy?: PolicyReference
  /** One sentence in words. */
  readonly explanation: string
  readonly unknown: readonly string[]
  readonly considered: readonly ConsideredPolicy[]
}

/**
 * What the ztunnel of a workload says to a connection. STRICT takes nothing but HBONE; DISABLE is as PERMISSIVE. Of
 * policies it knows identities, addresses and ports: an ALLOW rule that asks for more never matches, a DENY rule is
 * enforced without that part.
 * Source: `convertAuthorizationPolicy` and `convertedSelectorPeerAuthentications` in istio's
 * pilot/pkg/serviceregistry/kube/controller/ambient/authorization.go.
 */
export function evaluateAtZtunnel(
  mesh: Mesh,
  workload: Workload & { readonly port?: number; readonly ip?: string },
  client: ZtunnelClient,
  call: Pick<Call, 'method' | 'path' | 'host' | 'headers'>,
): ZtunnelVerdict {
  const tls = client.hasProxy ? 'istio-mutual' : 'none'
  const server = explainServerMode(mesh, workload, workload.port)
  if (server.mode === 'STRICT' && !client.hasProxy) {
    const by = server.by === undefined ? '' : ` (PeerAuthentication ${server.by.namespace}/${server.by.name})`
    return {
      tls,
      isAccepted: false,
      reason: 'mtls-error',
      ...(server.by === undefined ? {} : { deniedBy: { kind: 'PeerAuthentication', ...server.by } }),
      explanation: `the connection is plain, and ztunnel takes mutual TLS only${by}`,
      unknown: [],
      considered: [],
    }
  }
  const verdict = authorize(mesh, workload, {
    ...call,
    protocol: 'tcp',
    isAtZtunnel: true,
    ...(workload.port === undefined ? {} : { port: workload.port }),
    ...(workload.ip === undefined ? {} : { destinationIp: workload.ip }),
    ...(client.ip === undefined ? {} : { ip: client.ip }),
    ...(client.hasProxy ? { principal: client.principal, isPrincipalAssumed: client.isAssumed } : {}),
  })
  return {
    tls,
    isAccepted: verdict.allowed,
    ...(verdict.allowed ? {} : { reason: 'denied' }),
    ...(verdict.allowed || verdict.by === undefined ? {} : { deniedBy: verdict.by }),
    explanation: verdict.reason,
    unknown: verdict.unknown,
    considered: verdict.considered,
  }
}
