import { decideLinkerd } from '../linkerd/decide-linkerd.ts'
import { isLinkerdCall } from '../linkerd/uses-linkerd.ts'
import type { RequestDecision } from '../routing/decide-request.ts'
import { decideRequest } from '../routing/decide-request.ts'
import type { RoutingRequest } from '../routing/request.ts'
import type { SimulatedMesh } from './simulated-mesh.ts'

/** What happens to a request, by everything that the objects say: Linkerd's rules where its proxy sends it, else Istio's. */
export const decideSimulated = (
  { mesh, objects }: Pick<SimulatedMesh, 'mesh' | 'objects'>,
  request: RoutingRequest,
): RequestDecision =>
  isLinkerdCall(objects, request.from) ? decideLinkerd(mesh, objects, request) : decideRequest(mesh, request)
