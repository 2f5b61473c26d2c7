import type { Mesh } from '../mesh/mesh.ts'
import type { MeshService } from '../mesh/service.ts'
import { portOf } from '../mesh/service.ts'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import { identify } from '../routing/caller-identity.ts'
import { findService } from '../routing/connection.ts'
import type { ConsideredRule, Decision, Destination } from '../routing/decision.ts'
import { wholeService } from '../routing/destinations.ts'
import { ExplainedDecision } from '../routing/explained-decision.ts'
import { followRules, reject } from '../routing/follow-rules.ts'
import type { RequestView } from '../routing/request-view.ts'
import { unchanged, viewRequest } from '../routing/request-view.ts'
import type { RoutingRequest } from '../routing/request.ts'
import { rulesOf } from '../routing/rules.ts'
import { workloadsBehind } from '../routing/workloads-behind.ts'
import type { InboundVerdict } from './authorize-inbound.ts'
import { authorizeInbound } from './authorize-inbound.ts'
import { outboundRoutes } from './outbound-routes.ts'
import { readAnnotations } from './route-annotations.ts'
import { applyProfile, findProfile } from './service-profile.ts'
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
): Decision {
  const host = request.host.toLowerCase().replace(/:\d+$/, '')
  const view = viewRequest(request, 'mesh', request.port)
  const service = findService(mesh, request.from, host)
  if (service === undefined) return leaveAlone(view)
  if (portOf(service, request.port) === undefined)
    return { ...reject(request, 'no-listener', 503), unknown: [], considered: [] }
  return judgeInbound(mesh, objects, view, routeTo(mesh, objects, view, service))
}

/** A host that the cluster does not know gets the request as it is. */
function leaveAlone(view: RequestView): Decision {
  const { host, port } = view.request
  return {
    outcome: 'forwarded',
    destinations: [{ host, port, weight: 100, cluster: 'passthrough' }],
    mirrors: [],
    request: unchanged(view),
    unknown: [],
    considered: [],
  }
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
  const profile = findProfile(objects, service.host, [from.namespace, service.namespace])
  if (profile !== undefined) return { ...plain, ...applyProfile(profile, view) }
  const ofService = service.object.metadata.annotations
  const routes = outboundRoutes(mesh, objects, service, port, from.namespace)
  if (routes === undefined) return { ...plain, ...readAnnotations(undefined, ofService) }
  const resolution = followRules(mesh, view, rulesOf(mesh, routes))
  const decision = new ExplainedDecision(resolution, [])
  const { outcome, destinations, mirrors, timeout, considered } = decision
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
  if (decision.outcome !== 'forwarded') return decision
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

/** Refused where every destination's workloads refuse it. */
function judgeInbound(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  view: RequestView,
  decision: Decision,
): Decision {
  if (decision.outcome !== 'forwarded') return decision
  const verdicts = decision.destinations.flatMap(destination =>
    judgeAt(mesh, objects, view, decision, destination),
  )
  const considered = [...decision.considered, ...verdicts.flatMap(considerVerdict)]
  const [first] = verdicts
  if (first === undefined || verdicts.some(verdict => verdict.isAllowed)) return { ...decision, considered }
  return { ...decision, considered, outcome: 'rejected', reason: 'denied', status: first.status ?? 403 }
}

function judgeAt(
  mesh: Mesh,
  objects: readonly KubernetesObject[],
  view: RequestView,
  decision: Decision,
  destination: Destination,
): readonly InboundVerdict[] {
  const { from } = view.request
  const account = identify(mesh, from).principal.split('/').at(-1) ?? 'default'
  const client = {
    namespace: from.namespace,
    serviceAccount: from.serviceAccount ?? account,
    isMeshed: usesLinkerd(objects, from),
  }
  const leaving = destination.request ?? decision.request
  const inbound = viewRequest(
    { ...view.request, path: leaving.path, headers: leaving.headers },
    'mesh',
    destination.port,
  )
  return workloadsBehind(mesh, from, destination).flatMap(workload =>
    workload.port === undefined
      ? []
      : [
          authorizeInbound(
            objects,
            client,
            { namespace: workload.namespace, labels: workload.labels, annotations: {}, port: workload.port },
            inbound,
          ),
        ],
  )
}

const considerVerdict = ({ by, isAllowed, reason }: InboundVerdict): readonly ConsideredRule[] =>
  by === undefined ? [] : [{ route: { ...by, rule: 0 }, matched: !isAllowed, reason }]
