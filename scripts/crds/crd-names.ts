/** What the packages do not say of a CRD: its names, versions and columns. */
export interface CrdNames {
  readonly package: 'istio' | 'gateway-api'
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly scope: 'Namespaced' | 'Cluster'
  /** Served versions as the project's own CRD lists them. */
  readonly versions: readonly string[]
  readonly storage: string
  /** The version of the package's model, which is the schema of all. */
  readonly model: string
  readonly columns: readonly PrinterColumn[]
}

export interface PrinterColumn {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  readonly description?: string
  readonly priority?: number
}

export const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC. Populated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
}

const text = (name: string, jsonPath: string, description?: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  ...(description === undefined ? {} : { description }),
})

const istio = (
  group: string,
  kind: string,
  plural: string,
  versions: readonly string[],
  shortNames: readonly string[],
  columns: readonly PrinterColumn[],
  storage = versions[0] ?? 'v1',
): CrdNames => ({
  package: 'istio',
  group: `${group}.istio.io`,
  kind,
  plural,
  shortNames,
  categories: ['istio-io', `${group}-istio-io`],
  scope: 'Namespaced',
  versions,
  storage,
  model: versions[0] ?? 'v1',
  columns,
})

const three = ['v1', 'v1alpha3', 'v1beta1']
const two = ['v1', 'v1beta1']

const gatewayApi = (
  kind: string,
  plural: string,
  versions: readonly string[],
  shortNames: readonly string[],
  columns: readonly PrinterColumn[],
  rest: Partial<CrdNames> = {},
): CrdNames => ({
  package: 'gateway-api',
  group: 'gateway.networking.k8s.io',
  kind,
  plural,
  shortNames,
  categories: ['gateway-api'],
  scope: 'Namespaced',
  versions,
  storage: versions[0] ?? 'v1',
  model: versions[0] ?? 'v1',
  columns,
  ...rest,
})

const condition = (type: string): PrinterColumn =>
  text(type, `.status.conditions[?(@.type=="${type}")].status`)

/** Sources: the CRDs of Istio 1.31 (manifests/charts/base) and of the Gateway API's experimental channel. */
export const crdNames: readonly CrdNames[] = [
  istio(
    'networking',
    'VirtualService',
    'virtualservices',
    three,
    ['vs'],
    [
      text('Gateways', '.spec.gateways', 'The names of gateways and sidecars that should apply these routes'),
      text('Hosts', '.spec.hosts', 'The destination hosts to which traffic is being sent'),
      age,
    ],
  ),
  istio(
    'networking',
    'DestinationRule',
    'destinationrules',
    three,
    ['dr'],
    [text('Host', '.spec.host', 'The name of a service from the service registry'), age],
  ),
  istio('networking', 'Gateway', 'gateways', three, ['gw'], []),
  istio(
    'networking',
    'ServiceEntry',
    'serviceentries',
    three,
    ['se'],
    [
      text('Hosts', '.spec.hosts', 'The hosts associated with the ServiceEntry'),
      text(
        'Location',
        '.spec.location',
        'Whether the service is external to the mesh or part of the mesh (MESH_EXTERNAL or MESH_INTERNAL)',
      ),
      text('Resolution', '.spec.resolution', 'Service resolution mode for the hosts (NONE, STATIC, or DNS)'),
      age,
    ],
  ),
  istio('networking', 'Sidecar', 'sidecars', three, [], []),
  istio(
    'networking',
    'WorkloadEntry',
    'workloadentries',
    three,
    ['we'],
    [age, text('Address', '.spec.address', 'Address associated with the network endpoint.')],
  ),
  istio('networking', 'WorkloadGroup', 'workloadgroups', three, ['wg'], [age]),
  istio('networking', 'EnvoyFilter', 'envoyfilters', ['v1alpha3'], [], []),
  istio('networking', 'ProxyConfig', 'proxyconfigs', ['v1beta1'], [], []),
  istio(
    'security',
    'AuthorizationPolicy',
    'authorizationpolicies',
    two,
    ['ap'],
    [text('Action', '.spec.action', 'The operation to take.'), age],
  ),
  istio(
    'security',
    'PeerAuthentication',
    'peerauthentications',
    two,
    ['pa'],
    [text('Mode', '.spec.mtls.mode', 'Defines the mTLS mode used for peer authentication.'), age],
  ),
  istio('security', 'RequestAuthentication', 'requestauthentications', two, ['ra'], []),
  istio('telemetry', 'Telemetry', 'telemetries', ['v1', 'v1alpha1'], ['telemetry'], [age], 'v1alpha1'),
  istio('extensions', 'WasmPlugin', 'wasmplugins', ['v1alpha1'], [], [age]),
  gatewayApi(
    'GatewayClass',
    'gatewayclasses',
    two,
    ['gc'],
    [
      text('Controller', '.spec.controllerName'),
      condition('Accepted'),
      age,
      { ...text('Description', '.spec.description'), priority: 1 },
    ],
    { scope: 'Cluster' },
  ),
  gatewayApi(
    'Gateway',
    'gateways',
    two,
    ['gtw'],
    [
      text('Class', '.spec.gatewayClassName'),
      text('Address', '.status.addresses[*].value'),
      condition('Programmed'),
      age,
    ],
  ),
  gatewayApi('HTTPRoute', 'httproutes', two, [], [text('Hostnames', '.spec.hostnames'), age]),
  gatewayApi('GRPCRoute', 'grpcroutes', ['v1'], [], [text('Hostnames', '.spec.hostnames'), age]),
  gatewayApi('TLSRoute', 'tlsroutes', ['v1', 'v1alpha2', 'v1alpha3'], [], [age]),
  gatewayApi('TCPRoute', 'tcproutes', ['v1alpha2'], [], [age]),
  gatewayApi('UDPRoute', 'udproutes', ['v1alpha2'], [], [age]),
  gatewayApi('ReferenceGrant', 'referencegrants', two, ['refgrant'], [age], { storage: 'v1beta1' }),
  gatewayApi('BackendTLSPolicy', 'backendtlspolicies', ['v1'], ['btlspolicy'], [age]),
  gatewayApi(
    'ListenerSet',
    'listenersets',
    ['v1'],
    ['lset'],
    [condition('Accepted'), condition('Programmed'), age],
  ),
]
