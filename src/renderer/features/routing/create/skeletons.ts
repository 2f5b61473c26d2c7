import type { KubernetesObject } from '../../../../domain/kubernetes/kubernetes-object.ts'

/** A kind that can be begun from nothing, by form. */
export interface Skeleton {
  readonly id: string
  readonly group: string
  readonly kind: string
  /** The version where the cluster does not say which it serves. */
  readonly version: string
  readonly explains: string
  /** What the host is called in this kind; absent where it has none. */
  readonly hostLabel?: string
  readonly spec: (name: string, host: string) => Readonly<Record<string, unknown>>
}

const istio = { group: 'networking.istio.io', version: 'v1' }
const gatewayApi = { group: 'gateway.networking.k8s.io', version: 'v1' }

export const skeletons: readonly Skeleton[] = [
  {
    ...istio,
    id: 'virtual-service',
    kind: 'VirtualService',
    explains: 'Rules for the requests to a host',
    hostLabel: 'Host that is called',
    spec: (_, host) => ({ hosts: [host], http: [{ route: [{ destination: { host } }] }] }),
  },
  {
    ...istio,
    id: 'destination-rule',
    kind: 'DestinationRule',
    explains: 'Subsets of a Service, and how to talk to them',
    hostLabel: 'Service',
    spec: (_, host) => ({ host }),
  },
  {
    ...istio,
    id: 'istio-gateway',
    kind: 'Gateway',
    explains: 'Ports and hosts that Istio’s ingress gateway answers',
    hostLabel: 'Host that clients use',
    spec: (_, host) => ({
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [host] }],
    }),
  },
  {
    ...istio,
    id: 'service-entry',
    kind: 'ServiceEntry',
    explains: 'A host outside of the cluster that the mesh should know',
    hostLabel: 'Host outside of the cluster',
    spec: (_, host) => ({
      hosts: [host],
      location: 'MESH_EXTERNAL',
      ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
      resolution: 'DNS',
    }),
  },
  {
    ...gatewayApi,
    id: 'http-route',
    kind: 'HTTPRoute',
    explains: 'Rules for the HTTP requests to a Service or through a Gateway',
    hostLabel: 'Service',
    spec: (_, host) => ({
      parentRefs: [{ group: '', kind: 'Service', name: host, port: 80 }],
      rules: [{ backendRefs: [{ name: host, port: 80 }] }],
    }),
  },
  {
    ...gatewayApi,
    id: 'grpc-route',
    kind: 'GRPCRoute',
    explains: 'Rules for the calls of a gRPC Service',
    hostLabel: 'Service',
    spec: (_, host) => ({
      parentRefs: [{ group: '', kind: 'Service', name: host, port: 80 }],
      rules: [{ backendRefs: [{ name: host, port: 80 }] }],
    }),
  },
  {
    ...gatewayApi,
    id: 'gateway',
    kind: 'Gateway',
    explains: 'Ports and hosts that the mesh answers, as the Gateway API has them',
    hostLabel: 'Host that clients use',
    spec: (_, host) => ({
      gatewayClassName: 'istio',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: host }],
    }),
  },
]

/** A new object as the skeleton begins it. */
export const beginObject = (
  { kind, spec }: Skeleton,
  apiVersion: string,
  namespace: string,
  name: string,
  host: string,
): KubernetesObject => ({ apiVersion, kind, metadata: { name, namespace }, spec: spec(name, host) })

/** Why a name cannot be an object's; undefined where it can. Source: RFC 1123, DNS subdomain names. */
export const refuseName = (name: string): string | undefined =>
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name) && name.length <= 253
    ? undefined
    : 'Use small letters, digits, dots and dashes'
