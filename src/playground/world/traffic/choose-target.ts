import { decideLinkerd } from '../../../domain/linkerd/decide-linkerd.ts'
import type { Mesh } from '../../../domain/mesh/mesh.ts'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import { decideRequest } from '../../../domain/routing/decide-request.ts'
import type { Decision, Destination } from '../../../domain/routing/decision.ts'
import type { RoutingRequest } from '../../../domain/routing/request.ts'
import { answerWithout } from './describe.ts'
import type { Answer } from './request.ts'
import { proxyAnswer } from './request.ts'
import type { Target } from './upstream.ts'

/** Where a request of a pod without Istio's proxy goes and how it leaves, or what becomes of it at once. */
export type Choice =
  { readonly answer: Answer } | { readonly target: Target; readonly leaving: Decision['request'] }

/** A pod without a proxy sends to whatever the cluster's DNS names; no rule of the mesh applies. */
export function choosePlainTarget(mesh: Mesh, asked: RoutingRequest): Choice {
  const { outcome, reason, destinations, request } = decideRequest(mesh, asked)
  const [target] = destinations
  const isUnknown = target?.cluster === 'PassthroughCluster' && outcome === 'forwarded'
  if (isUnknown) return { answer: proxyAnswer(503, undefined, 'name_not_found') }
  if (reason === 'no-listener' || target === undefined)
    return { answer: proxyAnswer(503, undefined, 'connection_refused') }
  // Whether the destination lets it in is decided there, so that its proxy can tell.
  return { target, leaving: request }
}

/** Linkerd's proxies leave none of Istio's metrics; what they decide still decides what becomes of the request. */
export function chooseLinkerdTarget(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  asked: RoutingRequest,
  pick: (destinations: readonly Destination[], key: string) => Target | undefined,
): Choice {
  const decision = decideLinkerd(mesh, objects, asked)
  if (decision.outcome !== 'forwarded') return { answer: answerWithout(decision) }
  const target = pick(decision.destinations, JSON.stringify(decision.route ?? asked.host))
  if (target === undefined) return { answer: proxyAnswer(503, undefined, 'no_destination') }
  const arrival = decision.arrivals.find(
    ({ host, subset }) => host === target.host && subset === target.subset,
  )
  return arrival?.isAccepted === false
    ? { answer: proxyAnswer(arrival.status ?? 403, undefined, 'denied_by_linkerd') }
    : { target, leaving: decision.request }
}
