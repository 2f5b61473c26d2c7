import type { KubernetesObject } from './kubernetes-object.ts'
import { groupOf } from './kubernetes-object.ts'

/** A kind whose objects say where requests go and who may send them. */
export interface MeshKind {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
  readonly plural: string
  /**
   * Where its objects come from: a live copy of the whole cluster, of the control planes' namespaces alone, or, for what
   * is too secret or is in no cluster, nowhere but the files at hand.
   */
  readonly source: 'cluster' | 'control-plane' | 'files'
}

const kinds = (
  group: string,
  plurals: Readonly<Record<string, string>>,
  source: MeshKind['source'] = 'cluster',
): readonly MeshKind[] => Object.entries(plurals).map(([kind, plural]) => ({ group, kind, plural, source }))

/**
 * The one list of kinds that make a mesh: `buildMesh` reads no other, the window follows them, the playground's traffic
 * obeys them, and drafts of them are laid over what is live.
 */
export const MESH_KINDS: readonly MeshKind[] = [
  ...kinds('', { Service: 'services', Pod: 'pods', Namespace: 'namespaces' }),
  ...kinds('', { ConfigMap: 'configmaps' }, 'control-plane'),
  ...kinds('', { Secret: 'secrets' }, 'files'),
  ...kinds('apps', {
    Deployment: 'deployments',
    StatefulSet: 'statefulsets',
    DaemonSet: 'daemonsets',
  }),
  // In a cluster their pods tell as much, and there are many of them.
  ...kinds('apps', { ReplicaSet: 'replicasets' }, 'files'),
  ...kinds('batch', { Job: 'jobs' }, 'files'),
  ...kinds('discovery.k8s.io', { EndpointSlice: 'endpointslices' }),
  ...kinds('networking.k8s.io', { Ingress: 'ingresses', IngressClass: 'ingressclasses' }),
  ...kinds('networking.istio.io', {
    VirtualService: 'virtualservices',
    DestinationRule: 'destinationrules',
    Gateway: 'gateways',
    ServiceEntry: 'serviceentries',
    Sidecar: 'sidecars',
    WorkloadEntry: 'workloadentries',
    WorkloadGroup: 'workloadgroups',
    EnvoyFilter: 'envoyfilters',
    ProxyConfig: 'proxyconfigs',
  }),
  ...kinds('security.istio.io', {
    PeerAuthentication: 'peerauthentications',
    AuthorizationPolicy: 'authorizationpolicies',
    RequestAuthentication: 'requestauthentications',
  }),
  ...kinds('telemetry.istio.io', { Telemetry: 'telemetries' }),
  ...kinds('extensions.istio.io', { WasmPlugin: 'wasmplugins', TrafficExtension: 'trafficextensions' }),
  ...kinds('install.istio.io', { IstioOperator: 'istiooperators' }, 'files'),
  ...kinds('gateway.networking.k8s.io', {
    GatewayClass: 'gatewayclasses',
    Gateway: 'gateways',
    HTTPRoute: 'httproutes',
    GRPCRoute: 'grpcroutes',
    TLSRoute: 'tlsroutes',
    TCPRoute: 'tcproutes',
    UDPRoute: 'udproutes',
    ReferenceGrant: 'referencegrants',
    BackendTLSPolicy: 'backendtlspolicies',
    ListenerSet: 'listenersets',
  }),
  ...kinds('gateway.networking.x-k8s.io', { XListenerSet: 'xlistenersets' }),
  ...kinds('policy.linkerd.io', {
    Server: 'servers',
    HTTPRoute: 'httproutes',
    AuthorizationPolicy: 'authorizationpolicies',
    ServerAuthorization: 'serverauthorizations',
    MeshTLSAuthentication: 'meshtlsauthentications',
    NetworkAuthentication: 'networkauthentications',
    EgressNetwork: 'egressnetworks',
    HTTPLocalRateLimitPolicy: 'httplocalratelimitpolicies',
  }),
  ...kinds('linkerd.io', { ServiceProfile: 'serviceprofiles' }),
  ...kinds('split.smi-spec.io', { TrafficSplit: 'trafficsplits' }),
]

const BY_KEY: ReadonlyMap<string, MeshKind> = new Map(
  MESH_KINDS.map(each => [`${each.group}/${each.kind}`, each]),
)

/** The entry of a kind in the list; undefined for kinds that no mesh reads. */
export const meshKindOf = (group: string, kind: string): MeshKind | undefined =>
  BY_KEY.get(`${group}/${kind}`)

export const isMeshObject = ({ apiVersion, kind }: KubernetesObject): boolean =>
  meshKindOf(groupOf(apiVersion), kind) !== undefined
