/** Every kind that the Routing view has a form for, in the order of its list: `group/Kind`. */
export const routedKinds: readonly string[] = [
  'networking.istio.io/VirtualService',
  'networking.istio.io/DestinationRule',
  'networking.istio.io/Gateway',
  'networking.istio.io/ServiceEntry',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/GRPCRoute',
  'gateway.networking.k8s.io/TLSRoute',
  'gateway.networking.k8s.io/TCPRoute',
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/ReferenceGrant',
  'security.istio.io/PeerAuthentication',
  'security.istio.io/AuthorizationPolicy',
  'security.istio.io/RequestAuthentication',
  'policy.linkerd.io/Server',
  'policy.linkerd.io/HTTPRoute',
  'policy.linkerd.io/AuthorizationPolicy',
  'policy.linkerd.io/ServerAuthorization',
  'policy.linkerd.io/MeshTLSAuthentication',
  'policy.linkerd.io/NetworkAuthentication',
  'linkerd.io/ServiceProfile',
]

export const isRoutedKind = (group: string, kind: string): boolean => routedKinds.includes(`${group}/${kind}`)

/** The group that an address without one means: the first that has the kind. */
export const groupOfRoutedKind = (kind: string): string =>
  routedKinds.find(each => each.endsWith(`/${kind}`))?.split('/')[0] ?? 'networking.istio.io'
