import type { RequestDecision } from '../routing/decide-request.ts'
import type { RejectionReason } from '../routing/decision.ts'
import { hasCluster } from '../routing/endpoint/destinations.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { endpointsOf, podsOf } from '../routing/endpoint/subset-endpoints.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'

/** How requests fail, and what makes them fail. */
export interface RequestFailure {
  /** What the caller gets; absent where the connection just ends. */
  readonly status?: number
  readonly reason: RejectionReason | 'no-endpoints' | 'fault' | 'response'
  /** The policy that denies, or the rule that leads there. */
  readonly by?: { readonly kind: string; readonly namespace: string; readonly name: string }
  /** The destination that does not answer: `nowhere v7`. */
  readonly destination?: string
  /** One sentence in words, where a policy says why. */
  readonly explanation?: string
}

/** The share of a request's kind that fails, 0 to 1, and how most of it fails. */
export interface FailingShare {
  readonly share: number
  readonly failure?: RequestFailure
}

/** Which share of the requests of a form fails by what the objects say. */
export function failingShare(
  { mesh }: SimulatedMesh,
  request: RoutingRequest,
  decision: RequestDecision,
): FailingShare {
  const { outcome, status, reason, route, deniedBy, arrivals, destinations, fault } = decision
  const rule = route === undefined ? {} : { by: nameOf(route) }
  if (outcome === 'redirected') return { share: 0 }
  if (outcome !== 'forwarded') {
    const isFailure = outcome === 'rejected' || (status ?? 0) >= 400
    if (!isFailure) return { share: 0 }
    const refused = arrivals.find(({ isAccepted }) => !isAccepted)
    const [lost] = reason === 'no-destination' ? destinations : []
    return {
      share: 1,
      failure: {
        ...(status === undefined ? {} : { status }),
        reason: reason ?? (outcome === 'aborted' ? 'fault' : 'response'),
        ...(deniedBy === undefined ? rule : { by: nameOf(deniedBy) }),
        ...(lost === undefined ? {} : { destination: destinationName(lost.host, lost.subset) }),
        ...(refused === undefined ? {} : { explanation: refused.explanation }),
      },
    }
  }
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0)
  let share = 0
  let worst: { readonly share: number; readonly failure: RequestFailure } | undefined
  const add = (part: number, failure: RequestFailure): void => {
    share += part
    if (part > (worst?.share ?? 0)) worst = { share: part, failure }
  }
  for (const destination of destinations) {
    const { host, subset, cluster, weight } = destination
    const part = total === 0 ? 0 : weight / total
    const named = { destination: destinationName(host, subset), ...rule }
    if (!cluster.startsWith('outbound|')) continue
    if (!hasCluster(mesh, request.from, destination)) {
      add(part, { status: 503, reason: 'no-destination', ...named })
      continue
    }
    const service = mesh.registry.get(host)
    // Where no pod of the service is known, nothing says that its subset is what lacks them.
    const hasPods = service !== undefined && podsOf(mesh, service).length > 0
    if (hasPods && endpointsOf(mesh, host, subset, request.from.namespace).length === 0) {
      add(part, { status: 503, reason: 'no-endpoints', ...named })
      continue
    }
    // Workloads of one destination that answer differently share its requests.
    const own = arrivals.filter(each => each.host === host && each.subset === subset)
    const refused = own.filter(({ isAccepted }) => !isAccepted)
    const [first] = refused
    if (first === undefined) continue
    const { status: answer, reason: why = 'denied', deniedBy: by, explanation } = first
    add((part * refused.length) / own.length, {
      ...(answer === undefined ? {} : { status: answer }),
      reason: why,
      ...(by === undefined ? {} : { by: nameOf(by) }),
      explanation,
    })
  }
  const { abort } = fault ?? {}
  if (abort !== undefined) {
    const aborted = abort.percentage / 100
    share *= 1 - aborted
    add(aborted, { status: abort.httpStatus, reason: 'fault', ...rule })
  }
  return { share: Math.min(1, share), ...(worst === undefined ? {} : { failure: worst.failure }) }
}

const nameOf = ({
  kind,
  namespace,
  name,
}: NonNullable<RequestFailure['by']>): NonNullable<RequestFailure['by']> => ({
  kind,
  namespace,
  name,
})

const destinationName = (host: string, subset: string | undefined): string =>
  `${host.endsWith('.svc.cluster.local') ? (host.split('.')[0] ?? host) : host}${subset === undefined ? '' : ` ${subset}`}`
