import { decideLinkerd } from '../../../domain/linkerd/decide-linkerd.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../../../domain/routing/request.ts'
import type { ForwardingOptions } from './forwarding.ts'
import type { TravellingRequest } from './request.ts'
import { proxyAnswer } from './request.ts'
import type { Sender } from './sender.ts'

/** Linkerd's proxies leave none of Istio's metrics; what they decide still decides what becomes of the request. */
export function planByLinkerd(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  sender: Sender,
  asked: RoutingRequest,
  request: TravellingRequest,
  at: number,
): ForwardingOptions {
  const decision = decideLinkerd(mesh, objects, asked)
  return {
    mesh,
    decision,
    request,
    at,
    // Istio's proxies see a caller without a proxy of theirs.
    sender: {
      ...sender,
      from: { ...sender.from, kind: 'workload', hasProxy: false },
      identity: { ...sender.identity, hasProxy: false, dataPlane: 'none' },
    },
    // Where all destinations refuse, the decision is a rejection already.
    refuse: ({ host, subset }) => {
      const arrival = decision.arrivals.find(item => item.host === host && item.subset === subset)
      return arrival?.isAccepted === false
        ? proxyAnswer(arrival.status ?? 403, undefined, 'denied_by_linkerd')
        : undefined
    },
  }
}
