import type { Mesh } from '../../istio/mesh.ts'
import { sidecarOf } from '../../istio/visibility.ts'
import type { Verdict } from '../route/apply-rule.ts'
import type { ConsideredRule } from '../decision.ts'
import type { RoutingRequest } from '../request.ts'
import { askedHost } from './host-relations.ts'
import { referenceTo, titleOf } from './near-miss.ts'

/** The object that keeps the caller's proxy from passing on what the mesh does not know. */
export function outboundPolicyMisses(
  mesh: Mesh,
  request: RoutingRequest,
  { destinations }: Verdict,
): readonly ConsideredRule[] {
  if (!destinations.some(({ cluster }) => cluster === 'BlackHoleCluster')) return []
  const sidecar = sidecarOf(mesh, request.from.namespace, request.from.labels)
  const why = `REGISTRY_ONLY, and no service that the caller's proxy knows is ${askedHost(request)}:${String(request.port)}`
  return sidecar?.outboundTrafficPolicy === undefined
    ? [
        {
          route: { kind: 'MeshConfig', namespace: mesh.rootNamespace, name: 'istio' },
          matched: false,
          reason: `outboundTrafficPolicy of the mesh is ${why}`,
          field: 'outboundTrafficPolicy.mode',
        },
      ]
    : [
        {
          route: referenceTo(sidecar),
          matched: false,
          reason: `outboundTrafficPolicy of ${titleOf(sidecar)} is ${why}`,
          field: 'spec.outboundTrafficPolicy.mode',
        },
      ]
}
