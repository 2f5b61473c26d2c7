import type { Mesh } from '../istio/mesh.ts'
import type { MeshService } from '../istio/service.ts'
import { portOf } from '../istio/service.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { identify } from '../routing/endpoint/caller-identity.ts'
import { findService } from '../routing/listener/connection.ts'
import type { RequestDecision } from '../routing/decide-request.ts'
import type { Decision, Destination } from '../routing/decision.ts'
import { wholeService } from '../routing/endpoint/destinations.ts'
import { ExplainedDecision } from '../routing/explained-decision.ts'
import { followRules, reject } from '../routing/route/follow-rules.ts'
import type { RequestView } from '../routing/route/request-view.ts'
import { unchanged, viewRequest } from '../routing/route/request-view.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { rulesOf } from '../routing/route/rules.ts'
import type { LinkerdClient } from './admit-client.ts'
import { outboundNearMisses } from './linkerd-near-misses.ts'
import { evaluateAtLinkerd } from './evaluate-at-linkerd.ts'
import { outboundRoutes } from './outbound-routes.ts'
import { readAnnotations } from './route-annotations.ts'
import { applyProfile, findProfile, overrideDestinations } from './service-profile.ts'
import { usesLinkerd } from './uses-linkerd.ts'

/**
 * Where Linkerd sends a request, and whether the policies of its destination let it in. A ServiceProfile is used
 * rather than routes whose parent is the same Service.
 * Source: https://linkerd.io/2/reference/httproute/ ("Outbound HTTPRoutes are incompatible with ServiceProfiles").
 */
export function decideLinkerd(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  request: RoutingRequest,
): RequestDecision {
  const host = request.host.toLowerCase().replace(/:\d+$/, '')
  const view = viewRequest(request, 'mesh', request.port)
  const service = findService(mesh, request.from, host)
  if (service === undefined) return leaveAlone(view)
  if (portOf(service, request.port) === undefined)
    return { ...reject(request, 'no-listener', 503), unknown: [], considered: [], arrivals: [] }
  return evaluateInbound(mesh, objects, view, routeTo(mesh, objects, view, service))
}

/** A host that the cluster does not know gets the request as it is. */
function leaveAlone(view: RequestView): RequestDecision {
  const { host, port } = view.request
  return {
    outcome: 'forwarded',
    destinations: [{ host, port, weight: 100, cluster: 'passthrough' }],
    mirrors: [],
    request: unchanged(view),
    unknown: [],
    considered: [],
    arrivals: [],
  }
}

/** A Service by its name, with the cluster that it would have. */
const destinationIn =
  (mesh: Mesh, { request: { from } }: RequestView) =>
  (host: string, port: number): Destination => {
    const service = findService(mesh, from, host)
    return service === undefined
      ? { host, port, weight: 100, cluster: 'passthrough' }
      : wholeService(service, port)
  }

function routeTo(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  view: RequestView,
  service: MeshService,
): Decision {
  const { from, port } = view.request
  const plain: Decision = {
    outcome: 'forwarded',
    destinations: [wholeService(service, port)],
    mirrors: [],
    request: unchanged(view),
    unknown: [],
    considered: [],
  }
  // The routes are the caller's proxy's work.
  if (!usesLinkerd(objects, from)) return plain
  const profile = findProfile(objects, service.host, [from.namespace, service.namespace])
  const misses = outboundNearMisses(objects, service, port, from.namespace, profile)
  if (profile !== undefined) {
    const applied = applyProfile(profile, view)
    return {
      ...plain,
      destinations: overrideDestinations(profile, destinationIn(mesh, view), port) ?? plain.destinations,
      ...applied,
      considered: [...applied.considered, ...misses],
    }
  }
  const ofService = service.object.metadata.annotations
  const routes = outboundRoutes(mesh, objects, service, port, from.namespace)
  if (routes === undefined) return { ...plain, ...readAnnotations(undefined, ofService), considered: misses }
  const resolution = followRules(mesh, view, rulesOf(mesh, routes))
  const decision = new ExplainedDecision(resolution, [])
  const { outcome, destinations, mirrors, timeout } = decision
  const considered = [...decision.considered, ...misses]
  const kept = {
    outcome,
    destinations,
    mirrors,
    request: decision.request,
    unknown: [],
    considered,
    ...(decision.route === undefined ? {} : { route: decision.route }),
    ...(timeout === undefined ? {} : { timeout }),
  }
  if (outcome !== 'forwarded') return { ...resolution.verdict, unknown: [], considered }
  const route = decision.route
  const object = objects.find(
    item =>
      item.kind === route?.kind &&
      item.metadata.name === route.name &&
      (item.metadata.namespace ?? 'default') === route.namespace,
  )
  return {
    ...kept,
    ...readAnnotations(object?.metadata.annotations, ofService),
  }
}

/** Refused where every destination's workloads refuse it; the heaviest one's refusal is what most requests get. */
function evaluateInbound(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  view: RequestView,
  decision: Decision,
): RequestDecision {
  if (decision.outcome !== 'forwarded') return { ...plainly(decision), arrivals: [] }
  const client = identifyClient(mesh, objects, view)
  const found = decision.destinations.map(destination =>
    evaluateAtLinkerd(mesh, objects, client, view, decision.request, destination),
  )
  const evaluated = found.flat()
  const arrivals = evaluated.map(({ arrival }) => arrival)
  const answer: RequestDecision = {
    ...plainly(decision),
    arrivals,
    considered: [...decision.considered, ...evaluated.flatMap(({ considered }) => considered)],
    unknown: [...new Set([...decision.unknown, ...evaluated.flatMap(({ unknown }) => unknown)])],
  }
  const isRefused = found.every(list => list.length > 0 && list.every(({ arrival }) => !arrival.isAccepted))
  const [heaviest] = [...arrivals].sort((one, other) => other.weight - one.weight)
  if (!isRefused || heaviest === undefined) return answer
  const { status, deniedBy } = heaviest
  return {
    ...answer,
    outcome: 'rejected',
    reason: 'denied',
    ...(status === undefined ? {} : { status }),
    ...(deniedBy === undefined ? {} : { deniedBy }),
  }
}

/** The decision as an object of its own: its reasons may still have to be worked out. */
const plainly = (decision: Decision): Decision => ({ ...decision, considered: decision.considered })

function identifyClient(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  { request: { from } }: RequestView,
): LinkerdClient {
  const { principal, ip } = identify(mesh, from)
  return {
    namespace: from.namespace,
    serviceAccount: from.serviceAccount ?? principal.split('/').at(-1) ?? 'default',
    isMeshed: usesLinkerd(objects, from),
    ...(ip === undefined ? {} : { ip }),
  }
}
