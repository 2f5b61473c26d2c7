import { compareAge } from '../istio/named-object.ts'
import type { NamedObject } from '../istio/named-object.ts'
import { readService, readServiceEntry } from '../istio/service.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { Attachment } from './attachment.ts'
import { attachRoute } from './attachment.ts'
import { convertHttpRules } from './convert-http-rules.ts'
import { ISTIO_CONTROLLER, readGatewayApiObjects } from './gateway-api-objects.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { readListeners } from './listener.ts'
import type { RouteProblem } from './route-problem.ts'
import { convertConnectionRules } from './translate-connection-route.ts'

/** A condition as the controller writes it, without what only time tells. */
export interface RouteCondition {
  readonly type: 'Accepted' | 'ResolvedRefs'
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** The status of a route at one of its parents. */
export interface RouteParentStatus {
  /** The reference as the route writes it. */
  readonly parentRef: Fields
  readonly controllerName: string
  readonly conditions: readonly RouteCondition[]
}

export interface RouteStatus {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly parents: readonly RouteParentStatus[]
}

/**
 * What Istio's controller would write into the status of every route. A parent of another controller is not told of.
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#routeparentstatus, `createRouteStatus` in istio's
 * pilot/pkg/config/kube/gateway/conditions.go.
 */
export function reportRoutes(
  objects: readonly KubernetesObject[],
  clusterDomain = 'cluster.local',
): readonly RouteStatus[] {
  const services = objects
    .filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Service')
    .map(object => readService(object, clusterDomain))
    .sort(compareAge)
  const entries = objects
    .filter(
      ({ apiVersion, kind }) => groupOf(apiVersion) === 'networking.istio.io' && kind === 'ServiceEntry',
    )
    .flatMap(readServiceEntry)
    .sort(compareAge)
  const own = readGatewayApiObjects(objects, services, entries, clusterDomain)
  const listeners = readListeners(own)
  return own.routes.map(route => {
    const groups = new Map<Fields, Attachment[]>()
    for (const attachment of attachRoute(own, listeners, route))
      groups.set(attachment.written, [...(groups.get(attachment.written) ?? []), attachment])
    return {
      kind: route.kind,
      namespace: route.namespace,
      name: route.name,
      parents: [...groups].map(([parentRef, attachments]) => ({
        parentRef,
        controllerName: ISTIO_CONTROLLER,
        conditions: [acceptance(attachments), resolution(own, route, attachments)],
      })),
    }
  })
}

/** The worst reasons come last: one listener that takes the route is enough. */
const SEVERITY = ['NotAllowedByListeners', 'NoMatchingListenerHostname', 'NoMatchingParent']

function acceptance(attachments: readonly Attachment[]): RouteCondition {
  const taken = attachments.filter(({ denied }) => denied === undefined).length
  if (taken > 0)
    return {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: taken > 1 ? `Route was valid, bound to ${String(taken)} parents` : 'Route was valid',
    }
  const problems = attachments.flatMap(({ denied }) => denied ?? [])
  const reason =
    SEVERITY.find(item => problems.some(problem => problem.reason === item)) ?? 'NoMatchingParent'
  const same = problems.filter(problem => problem.reason === reason)
  return {
    type: 'Accepted',
    status: 'False',
    reason,
    message: same.map(({ message }) => message).join('; '),
  }
}

function resolution(
  objects: GatewayApiObjects,
  route: NamedObject,
  attachments: readonly Attachment[],
): RouteCondition {
  const isMesh = attachments.some(({ gateway }) => gateway === 'mesh')
  const context = { objects, route, isMesh }
  const isHttp = route.kind === 'HTTPRoute' || route.kind === 'GRPCRoute'
  const problem: RouteProblem | undefined = isHttp
    ? convertHttpRules(context).problem
    : convertConnectionRules(context).problem
  return problem === undefined
    ? { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'All references resolved' }
    : { type: 'ResolvedRefs', status: 'False', ...problem }
}
