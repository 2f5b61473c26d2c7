import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { ObjectModel } from './cards/object-model.ts'
import { readAnyObject, type ListShape } from './cards/read-any-object.ts'
import { backendPlaceOf } from './gateway-api/backend-problems.ts'
import { readRouteObject, type RouteShape } from './gateway-api/read-route-object.ts'
import { readIstioGateway } from './gateway/read-istio-gateway.ts'
import { readKubernetesGateway } from './gateway/read-kubernetes-gateway.ts'
import { readLinkerdPolicy, readLinkerdServer, readServiceProfile } from './linkerd/read-linkerd-object.ts'
import { readServiceEntry } from './service-entry/read-service-entry.ts'

const istio = 'networking.istio.io'
const security = 'security.istio.io'
const gatewayApi = 'gateway.networking.k8s.io'
const linkerdPolicy = 'policy.linkerd.io'
const linkerd = 'linkerd.io'

/** What a form is read from, beside the object itself. */
export interface FormPlace {
  readonly mesh: Mesh
  readonly namespace: string
}

interface RoutedKind {
  readonly group: string
  readonly kind: string
  /** Absent where the kind has a form of its own. */
  readonly read?: (value: unknown, place: FormPlace) => ObjectModel
}

const route = (kind: string, shape: RouteShape, group = gatewayApi): RoutedKind => ({
  group,
  kind,
  read: (value, { mesh, namespace }) => readRouteObject(value, shape, backendPlaceOf(mesh, namespace)),
})

const plain = (group: string, kind: string, lists: readonly ListShape[] = []): RoutedKind => ({
  group,
  kind,
  read: value => readAnyObject(value, lists),
})

const policyRules: ListShape = {
  field: 'rules',
  title: 'Rules',
  noun: 'rule',
  example: { from: [{ source: { namespaces: ['default'] } }] },
}

/** How each kind of the Routing view is read. */
export const objectKinds: readonly RoutedKind[] = [
  { group: istio, kind: 'VirtualService' },
  { group: istio, kind: 'DestinationRule' },
  { group: istio, kind: 'Gateway', read: (value, { mesh }) => readIstioGateway(value, mesh) },
  { group: istio, kind: 'ServiceEntry', read: readServiceEntry },
  route('HTTPRoute', { hasHostnames: true, match: 'http', hasFilters: true }),
  route('GRPCRoute', { hasHostnames: true, match: 'grpc', hasFilters: true }),
  route('TLSRoute', { hasHostnames: true, match: 'none', hasFilters: false }),
  route('TCPRoute', { hasHostnames: false, match: 'none', hasFilters: false }),
  { group: gatewayApi, kind: 'Gateway', read: readKubernetesGateway },
  plain(gatewayApi, 'ReferenceGrant', [
    {
      field: 'from',
      title: 'From',
      noun: 'source',
      example: { group: gatewayApi, kind: 'HTTPRoute', namespace: 'default' },
    },
    { field: 'to', title: 'To', noun: 'target', example: { group: '', kind: 'Service' } },
  ]),
  plain(security, 'PeerAuthentication'),
  plain(security, 'AuthorizationPolicy', [policyRules]),
  plain(security, 'RequestAuthentication', [
    {
      field: 'jwtRules',
      title: 'Token rules',
      noun: 'token rule',
      example: { issuer: 'https://issuer.example.com' },
    },
  ]),
  {
    group: linkerdPolicy,
    kind: 'Server',
    read: (value, { mesh, namespace }) => readLinkerdServer(value, mesh, namespace),
  },
  route('HTTPRoute', { hasHostnames: true, match: 'http', hasFilters: true }, linkerdPolicy),
  { group: linkerdPolicy, kind: 'AuthorizationPolicy', read: readLinkerdPolicy },
  plain(linkerdPolicy, 'ServerAuthorization'),
  plain(linkerdPolicy, 'MeshTLSAuthentication', [
    {
      field: 'identityRefs',
      title: 'Identities of',
      noun: 'reference',
      example: { kind: 'ServiceAccount', name: 'default' },
    },
  ]),
  plain(linkerdPolicy, 'NetworkAuthentication', [
    { field: 'networks', title: 'Networks', noun: 'network', example: { cidr: '10.0.0.0/8' } },
  ]),
  { group: linkerd, kind: 'ServiceProfile', read: readServiceProfile },
]

export const findRoutedKind = (group: string, kind: string): RoutedKind | undefined =>
  objectKinds.find(each => each.group === group && each.kind === kind)
