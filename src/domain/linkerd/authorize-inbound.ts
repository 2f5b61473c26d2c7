import type { NamedObject } from '../mesh/named-object.ts'
import { fieldsOf, listOf, textOf, textsOf } from '../mesh/read-fields.ts'
import type { Fields } from '../mesh/read-fields.ts'
import { fitsLabelSelector } from '../gateway-api/label-selector.ts'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import { convertHttpMatch } from '../gateway-api/convert-matches.ts'
import type { RequestView } from '../routing/request-view.ts'
import { compileMatch } from '../routing/match.ts'
import { GATEWAY, namespaceAnnotations, objectsOf, POLICY, specOf } from './linkerd-objects.ts'

/** Who calls, as the destination's proxy knows it. */
export interface LinkerdClient {
  readonly namespace: string
  readonly serviceAccount: string
  /** Whether its proxy is Linkerd's, so that it proves its identity. */
  readonly isMeshed: boolean
}

export interface InboundVerdict {
  readonly isAllowed: boolean
  readonly status?: number
  /** The Server, or the route on it; absent where the default policy decides. */
  readonly by?: { readonly kind: string; readonly namespace: string; readonly name: string }
  readonly reason: string
}

/** A pod that receives a request. */
export interface InboundWorkload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly port: number
  readonly portName?: string
}

const refOf = ({ kind, namespace, name }: NamedObject): NonNullable<InboundVerdict['by']> => ({
  kind,
  namespace,
  name,
})

/**
 * What the policies of a destination say: its Server's routes and authorizations, or the default policy without one.
 * Source: https://linkerd.io/2/reference/authorization-policy/
 */
export function authorizeInbound(
  objects: readonly KubernetesObject[],
  client: LinkerdClient,
  workload: InboundWorkload,
  view: RequestView,
): InboundVerdict {
  const server = objectsOf(objects, 'Server', [POLICY]).find(item => isServerOf(item, workload))
  if (server === undefined)
    return judgeDefault(defaultPolicy(objects, workload), client, 'default inbound policy')
  const routes = [
    ...objectsOf(objects, 'HTTPRoute', [POLICY, GATEWAY]),
    ...objectsOf(objects, 'GRPCRoute', [GATEWAY]),
  ].filter(route => route.namespace === server.namespace && isParent(route, server))
  const route = routes.find(item => takes(item, view))
  // "A request that matches no route of a Server that has routes is refused": reference/authorization-policy, HTTPRoute.
  if (routes.length > 0 && route === undefined)
    return {
      isAllowed: false,
      status: 404,
      by: refOf(server),
      reason: 'no route of the Server takes the request',
    }
  const found = authorizationsFor(objects, server, route)
  const passing = found.find(item => admits(objects, item, client))
  if (passing !== undefined)
    return { isAllowed: true, by: refOf(server), reason: `${passing.kind} ${passing.name} allows it` }
  const access = textOf(specOf(server)['accessPolicy'])
  if (found.length === 0 && access !== undefined)
    return { ...judgeDefault(access, client, 'access policy of the Server'), by: refOf(server) }
  return {
    isAllowed: false,
    status: 403,
    by: refOf(server),
    reason:
      found.length === 0 ? 'nothing authorizes requests to the Server' : 'no authorization admits the caller',
  }
}

function isServerOf(server: NamedObject, workload: InboundWorkload): boolean {
  const spec = specOf(server)
  const { port } = spec
  return (
    server.namespace === workload.namespace &&
    fitsLabelSelector(spec['podSelector'], workload.labels) &&
    (port === workload.port || String(port) === String(workload.port) || port === workload.portName)
  )
}

const isParent = (route: NamedObject, server: NamedObject): boolean =>
  listOf(specOf(route)['parentRefs'])
    .map(fieldsOf)
    .some(item => item['kind'] === 'Server' && item['name'] === server.name)

const takes = (route: NamedObject, view: RequestView): boolean =>
  listOf(specOf(route)['rules'])
    .map(fieldsOf)
    .some(rule => {
      const matches = listOf(rule['matches']).map(fieldsOf)
      return (
        matches.length === 0 ||
        matches.some(match => compileMatch(convertHttpMatch(match), true).every(item => item.isMet(view)))
      )
    })

/** Those that name the route count with those that name its Server or the whole namespace. */
function authorizationsFor(
  objects: readonly KubernetesObject[],
  server: NamedObject,
  route: NamedObject | undefined,
): readonly NamedObject[] {
  const policies = objectsOf(objects, 'AuthorizationPolicy', [POLICY]).filter(policy => {
    if (policy.namespace !== server.namespace) return false
    const target = fieldsOf(specOf(policy)['targetRef'])
    return (
      (target['kind'] === 'Server' && target['name'] === server.name) ||
      (target['kind'] === 'Namespace' && target['name'] === server.namespace) ||
      (route !== undefined && target['kind'] === route.kind && target['name'] === route.name)
    )
  })
  const older = objectsOf(objects, 'ServerAuthorization', [POLICY]).filter(item => {
    const wanted = fieldsOf(specOf(item)['server'])
    return (
      item.namespace === server.namespace &&
      (wanted['name'] === server.name ||
        (wanted['selector'] !== undefined &&
          fitsLabelSelector(wanted['selector'], server.object.metadata.labels ?? {})))
    )
  })
  return [...policies, ...older]
}

function admits(objects: readonly KubernetesObject[], item: NamedObject, client: LinkerdClient): boolean {
  if (item.kind === 'ServerAuthorization')
    return admitsClient(fieldsOf(specOf(item)['client']), item.namespace, client)
  // All that a policy requires must hold; one that requires nothing admits all.
  return listOf(specOf(item)['requiredAuthenticationRefs'])
    .map(fieldsOf)
    .every(reference => {
      const namespace = textOf(reference['namespace']) ?? item.namespace
      const name = textOf(reference['name']) ?? ''
      if (reference['kind'] === 'ServiceAccount')
        return client.isMeshed && client.serviceAccount === name && client.namespace === namespace
      const authentication = objectsOf(objects, textOf(reference['kind']) ?? '', [POLICY]).find(
        other => other.name === name && other.namespace === namespace,
      )
      if (authentication === undefined) return false
      // Addresses of callers are not known here; a NetworkAuthentication is taken for the cluster's networks.
      if (authentication.kind === 'NetworkAuthentication') return true
      return admitsIdentity(specOf(authentication), authentication.namespace, client)
    })
}

function admitsIdentity(spec: Fields, namespace: string, client: LinkerdClient): boolean {
  if (!client.isMeshed) return false
  return (
    textsOf(spec['identities']).some(pattern => fitsIdentity(pattern, client)) ||
    listOf(spec['identityRefs'])
      .map(fieldsOf)
      .some(reference =>
        reference['kind'] === 'Namespace'
          ? reference['name'] === client.namespace
          : reference['name'] === client.serviceAccount &&
            (textOf(reference['namespace']) ?? namespace) === client.namespace,
      )
  )
}

/** `*`, `*.suffix` or a whole identity. */
function fitsIdentity(pattern: string, { serviceAccount, namespace }: LinkerdClient): boolean {
  const identity = `${serviceAccount}.${namespace}.serviceaccount.identity.linkerd.cluster.local`
  return (
    pattern === '*' ||
    pattern === identity ||
    (pattern.startsWith('*.') && identity.endsWith(pattern.slice(1)))
  )
}

/** Source: https://linkerd.io/2/reference/authorization-policy/#serverauthorization */
function admitsClient(client: Fields, namespace: string, caller: LinkerdClient): boolean {
  if (client['unauthenticated'] === true) return true
  const tls = fieldsOf(client['meshTLS'])
  if (tls['unauthenticatedTLS'] === true) return caller.isMeshed
  return (
    caller.isMeshed &&
    (textsOf(tls['identities']).some(pattern => fitsIdentity(pattern, caller)) ||
      listOf(tls['serviceAccounts'])
        .map(fieldsOf)
        .some(
          item =>
            item['name'] === caller.serviceAccount &&
            (textOf(item['namespace']) ?? namespace) === caller.namespace,
        ))
  )
}

const DEFAULT = 'config.linkerd.io/default-inbound-policy'

/** The pod's annotation, else its namespace's, else that of Linkerd's installation: all callers. */
const defaultPolicy = (objects: readonly KubernetesObject[], workload: InboundWorkload): string =>
  workload.annotations[DEFAULT] ??
  namespaceAnnotations(objects, workload.namespace)[DEFAULT] ??
  'all-unauthenticated'

/** Source: https://linkerd.io/2/reference/authorization-policy/#default-policies */
function judgeDefault(policy: string, client: LinkerdClient, what: string): InboundVerdict {
  const isAllowed = policy === 'deny' ? false : policy.endsWith('-authenticated') ? client.isMeshed : true
  return { isAllowed, ...(isAllowed ? {} : { status: 403 }), reason: `the ${what} is ${policy}` }
}
