import type { RequestDecision } from '../routing/decide-request.ts'
import { decideRequest } from '../routing/decide-request.ts'
import type { RoutingRequest } from '../routing/request.ts'
import type { SimulatedMesh } from './simulated-mesh.ts'

/** What happens to a request, by everything that the objects say. */
export const decideSimulated = (simulated: SimulatedMesh, request: RoutingRequest): RequestDecision =>
  decideRequest(simulated.mesh, request)
