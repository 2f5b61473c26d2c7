import { fitsLabelSelector } from '../kubernetes/label-selector.ts'
import type { NamedObject } from '../istio/named-object.ts'
import { fieldsOf, listOf, numberOf, textOf, textsOf } from '../istio/fields/read-fields.ts'
import type { MeshService } from '../istio/service.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { ConsideredRule } from '../routing/decision.ts'
import { missOf, titleOf } from '../routing/near-misses/near-miss.ts'
import type { LinkerdClient } from './admit-client.ts'
import type { InboundWorkload } from './authorize-inbound.ts'
import { GATEWAY, objectsOf, POLICY, specOf } from './linkerd-objects.ts'
import { isServiceParent } from './outbound-routes.ts'

/** The routes that name a Service and are not asked for a caller's requests to it, with the field that is the cause. */
export function outboundNearMisses(
  objects: readonly KubernetesObject[],
  service: MeshService,
  port: number,
  namespace: string,
  profile: NamedObject | undefined,
): readonly ConsideredRule[] {
  const routes = [
    ...objectsOf(objects, 'HTTPRoute', [POLICY, GATEWAY]),
    ...objectsOf(objects, 'GRPCRoute', [GATEWAY]),
  ]
  const attached = routes.filter(route => isServiceParent(route, service, port))
  const own = attached.filter(route => route.namespace === namespace)
  return routes.flatMap((route): readonly ConsideredRule[] => {
    if (!attached.includes(route)) return explainParents(route, service, port)
    if (profile !== undefined)
      return [
        missOf(
          route,
          'spec.parentRefs',
          `${titleOf(profile)} is used in its place: Linkerd asks no route of a Service that has a ServiceProfile`,
          profile,
        ),
      ]
    if (route.namespace !== namespace && route.namespace !== service.namespace)
      return [
        missOf(
          route,
          'metadata.namespace',
          `a route counts in the namespace of the Service or of the caller, and ${route.namespace} is neither`,
        ),
      ]
    const [first] = own
    return first === undefined || route.namespace === namespace
      ? []
      : [
          missOf(
            route,
            'metadata.namespace',
            `${titleOf(first)} is in the caller's namespace and takes its place`,
            first,
          ),
        ]
  })
}

/** Why the parents of a route are not the Service, where one seems to be. */
function explainParents(route: NamedObject, service: MeshService, port: number): readonly ConsideredRule[] {
  return listOf(specOf(route)['parentRefs'])
    .map(fieldsOf)
    .flatMap((parent, index): readonly ConsideredRule[] => {
      if (parent['kind'] !== 'Service' || parent['name'] !== service.name) return []
      const field = `spec.parentRefs[${String(index)}]`
      const namespace = textOf(parent['namespace']) ?? route.namespace
      if (namespace !== service.namespace)
        return [
          missOf(
            route,
            `${field}.namespace`,
            `its parent is Service ${namespace}/${service.name}, not ${titleOf(service)}`,
          ),
        ]
      const own = numberOf(parent['port'])
      if (own !== undefined && own !== port)
        return [
          missOf(
            route,
            `${field}.port`,
            `its parent is port ${String(own)} of the Service, not ${String(port)}`,
          ),
        ]
      return [
        missOf(
          route,
          `${field}.group`,
          'the group of a Service is "core" or empty; left out it means gateway.networking.k8s.io',
        ),
      ]
    })
}

/** The Servers of a workload's namespace that look as if they were for it, where none is. */
export const serverNearMisses = (
  objects: readonly KubernetesObject[],
  { namespace, labels, port, portName }: InboundWorkload,
): readonly ConsideredRule[] =>
  objectsOf(objects, 'Server', [POLICY])
    .filter(server => server.namespace === namespace)
    .flatMap((server): readonly ConsideredRule[] => {
      const { podSelector, port: own } = specOf(server)
      const isSelected = podSelector !== undefined && fitsLabelSelector(podSelector, labels)
      const isPort = String(own) === String(port) || (portName !== undefined && own === portName)
      if (isSelected === isPort) return []
      return [
        isSelected
          ? missOf(
              server,
              'spec.port',
              `it is for port ${String(own)}, and the request comes to port ${String(port ?? 'unknown')}`,
            )
          : missOf(server, 'spec.podSelector', 'its selector does not select the pods of the destination'),
      ]
    })

/** Why an authorization does not admit a caller: the object that it asks, and whom that would admit. */
export function explainAuthorization(
  objects: readonly KubernetesObject[],
  item: NamedObject,
  { namespace, serviceAccount, isMeshed }: LinkerdClient,
): ConsideredRule {
  const who = isMeshed ? `${serviceAccount}.${namespace}` : 'a caller without an identity'
  if (item.kind === 'ServerAuthorization')
    return {
      route: { kind: item.kind, namespace: item.namespace, name: item.name },
      matched: false,
      field: 'spec.client',
      reason: `${titleOf(item)} does not admit ${who}`,
    }
  const references = listOf(specOf(item)['requiredAuthenticationRefs']).map(fieldsOf)
  for (const [index, reference] of references.entries()) {
    const field = `spec.requiredAuthenticationRefs[${String(index)}]`
    const kind = textOf(reference['kind']) ?? ''
    const name = textOf(reference['name']) ?? ''
    const owner = textOf(reference['namespace']) ?? item.namespace
    const route = { kind: item.kind, namespace: item.namespace, name: item.name }
    if (kind === 'ServiceAccount')
      return { route, matched: false, field, reason: `${titleOf(item)} admits ${name}.${owner}, not ${who}` }
    const found = objectsOf(objects, kind, [POLICY]).find(
      other => other.name === name && other.namespace === owner,
    )
    if (found === undefined)
      return { route, matched: false, field, reason: `there is no ${kind} ${owner}/${name}` }
    return {
      route,
      matched: false,
      reason: `${titleOf(found)} admits ${admitted(found)}, not ${who}`,
      object: { kind, namespace: owner, name },
      field: kind === 'NetworkAuthentication' ? 'spec.networks' : identityField(found),
    }
  }
  return {
    route: { kind: item.kind, namespace: item.namespace, name: item.name },
    matched: false,
    reason: `${titleOf(item)} does not admit ${who}`,
  }
}

const identityField = (found: NamedObject): string =>
  specOf(found)['identityRefs'] === undefined ? 'spec.identities' : 'spec.identityRefs'

function admitted(found: NamedObject): string {
  const spec = specOf(found)
  const list = [
    ...textsOf(spec['identities']),
    ...listOf(spec['identityRefs'])
      .map(fieldsOf)
      .map(
        item =>
          `${textOf(item['kind']) ?? ''} ${textOf(item['namespace']) ?? found.namespace}/${textOf(item['name']) ?? ''}`,
      ),
    ...listOf(spec['networks']).map(item => textOf(fieldsOf(item)['cidr']) ?? ''),
  ]
  return list.length === 0 ? 'nobody' : list.join(', ')
}
