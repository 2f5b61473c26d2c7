import type { Mesh } from '../../../domain/istio/mesh.ts'
import {
  evaluateCall,
  type DestinationOutcome,
} from '../../../domain/routing/endpoint/evaluate-destination.ts'
import type { Decision } from '../../../domain/routing/decision.ts'
import { podPort } from '../../../domain/routing/listener/gateway-servers.ts'
import { normalizeTarget } from '../../../domain/routing/route/normalize-path.ts'
import type { RoutingRequest } from '../../../domain/routing/request.ts'
import { outsider } from './describe.ts'
import type { TravellingRequest } from './request.ts'

export type Verdict = Pick<DestinationOutcome, 'isAccepted' | 'status' | 'deniedBy'>

/** The policies of a gateway see the request as it came from outside. */
export function evaluateAtGateway(
  mesh: Mesh,
  { from, method, path, host, headers, port, sni }: RoutingRequest,
  { reason, isOpaque, destinations }: Decision,
  request: TravellingRequest,
): Verdict | undefined {
  const isTurnedAway = /^(?:no-listener|no-filter-chain|tls-error|mtls-error|protocol-error)$/
  if (isTurnedAway.test(reason ?? '')) return undefined
  // Such chains have no authorization filter: AUTO_PASSTHROUGH leads connections on by their name.
  if (destinations.some(({ cluster }) => cluster.startsWith('outbound_.'))) return undefined
  return evaluateCall(mesh, from, {
    protocol: isOpaque === true ? 'tcp' : 'http',
    method,
    path: isOpaque === true ? path : normalizeTarget(path, mesh.settings.pathNormalization),
    host,
    headers,
    port: podPort(mesh, from, port),
    ip: outsider(request),
    ...(sni === undefined ? {} : { sni }),
  })
}
