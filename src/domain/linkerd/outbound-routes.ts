import { convertHttpRules } from '../gateway-api/convert-http-rules.ts'
import { readGatewayApiObjects } from '../gateway-api/gateway-api-objects.ts'
import { sortRules } from '../gateway-api/sort-rules.ts'
import { memoizeByKey } from '../istio/memoize.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { NamedObject } from '../istio/named-object.ts'
import { fieldsOf, listOf } from '../istio/fields/read-fields.ts'
import type { MeshService } from '../istio/service.ts'
import type { VirtualService } from '../istio/virtual-service.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { GATEWAY, objectsOf, POLICY, specOf } from './linkerd-objects.ts'

/**
 * The HTTPRoutes and GRPCRoutes whose parent is a Service, as one list of rules in order of precedence. Those in the
 * caller's namespace hide the others. Source: https://linkerd.io/2/reference/httproute/
 */
export const outboundRoutes = memoizeByKey(
  (_objects: readonly KubernetesObject[], service: MeshService, port: number, namespace: string) =>
    `${service.host}:${String(port)} ${namespace}`,
  (
    mesh: Mesh,
    objects: readonly KubernetesObject[],
    service: MeshService,
    port: number,
    namespace: string,
  ): VirtualService | undefined => {
    const routes = [
      ...objectsOf(objects, 'HTTPRoute', [POLICY, GATEWAY]),
      ...objectsOf(objects, 'GRPCRoute', [GATEWAY]),
    ].filter(route => isServiceParent(route, service, port))
    const own = routes.filter(route => route.namespace === namespace)
    const producer = routes.filter(route => route.namespace === service.namespace)
    const used = own.length > 0 ? own : producer
    const [first] = used
    if (first === undefined) return undefined
    const read = readGatewayApiObjects(objects, mesh.services, mesh.serviceEntries, mesh.clusterDomain)
    const rules = used.flatMap(route => convertHttpRules({ objects: read, route, isMesh: true }).rules)
    return {
      ...first,
      hosts: [service.host],
      gateways: ['mesh'],
      exportTo: [],
      isGatewayApi: true,
      http: sortRules(rules),
      tls: [],
      tcp: [],
    }
  },
)

/**
 * Whether a parent of a route is a Service and its port. The API server writes the Gateway API's own group where none is.
 * Source: `is_parent_service` in linkerd2's policy-controller/k8s/api/src/policy/httproute.rs.
 */
export const isServiceParent = (route: NamedObject, service: MeshService, port: number): boolean =>
  listOf(specOf(route)['parentRefs'])
    .map(fieldsOf)
    .some(
      item =>
        item['kind'] === 'Service' &&
        (item['group'] === 'core' || item['group'] === '') &&
        item['name'] === service.name &&
        (item['namespace'] ?? route.namespace) === service.namespace &&
        (item['port'] === undefined || item['port'] === port),
    )
