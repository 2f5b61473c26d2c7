import type { Decision } from '../routing/decision.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { decide } from '../routing/resolve.ts'
import type { SimulatedMesh } from './simulated-mesh.ts'

/** What happens to a request, by everything that the objects say. */
export const decideSimulated = (simulated: SimulatedMesh, request: RoutingRequest): Decision =>
  decide(simulated.mesh, request)
