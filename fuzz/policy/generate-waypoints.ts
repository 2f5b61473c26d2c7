import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import { Random } from '../routing/random.ts'
import { makeObject } from './generate-configuration.ts'

/** Services of an ambient namespace with a waypoint, its routes and policies, and requests of a pod there. */
export interface WaypointConfiguration {
  readonly seed: number
  readonly objects: readonly KubernetesObject[]
  readonly requests: readonly RoutingRequest[]
}

type Spec = Readonly<Record<string, unknown>>

export const WAYPOINT = { namespace: 'amb', name: 'wp', ip: '10.9.0.8' } as const
export const CALLER_IP = '10.9.0.20'
export const SERVICE_ADDRESSES: Readonly<Record<string, string>> = { books: '10.6.0.3', store: '10.6.0.4' }

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name'
const MANAGED = 'gateway.istio.io/managed'
export const WAYPOINT_LABELS = {
  [GATEWAY_NAME]: WAYPOINT.name,
  [MANAGED]: 'istio.io-mesh-controller',
} as const

const labelled = (object: KubernetesObject, labels: Readonly<Record<string, string>>): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, labels },
})

const makePod = (
  name: string,
  labels: Readonly<Record<string, string>>,
  ip: string,
  isAmbient: boolean,
): KubernetesObject => ({
  ...makeObject('v1', 'Pod', WAYPOINT.namespace, name, {
    serviceAccountName: labels['app'] ?? WAYPOINT.name,
    containers: [{ name: isAmbient ? 'app' : 'istio-proxy', image: 'x' }],
  }),
  metadata: {
    name,
    namespace: WAYPOINT.namespace,
    uid: name,
    labels,
    ...(isAmbient ? { annotations: { 'ambient.istio.io/redirection': 'enabled' } } : {}),
  },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
})

const PORTS = [
  { name: 'http', port: 80, targetPort: 8080 },
  { name: 'tcp', port: 90, targetPort: 9090 },
  { name: 'tls', port: 443, targetPort: 8443 },
  { name: 'auto', port: 81, targetPort: 8081 },
] as const

const FIXED: readonly KubernetesObject[] = [
  labelled(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'amb' } },
    { 'istio.io/dataplane-mode': 'ambient', 'istio.io/use-waypoint': WAYPOINT.name },
  ),
  ...Object.entries(SERVICE_ADDRESSES).map(([name, ip]) =>
    makeObject('v1', 'Service', 'amb', name, {
      clusterIP: ip,
      clusterIPs: [ip],
      selector: { app: name },
      ports: PORTS,
    }),
  ),
  labelled(
    makeObject('v1', 'Service', 'amb', WAYPOINT.name, {
      clusterIP: '10.6.0.9',
      clusterIPs: ['10.6.0.9'],
      selector: { [GATEWAY_NAME]: WAYPOINT.name },
      ports: [{ name: 'mesh', port: 15008 }],
    }),
    WAYPOINT_LABELS,
  ),
  {
    ...makeObject('gateway.networking.k8s.io/v1', 'Gateway', 'amb', WAYPOINT.name, {
      gatewayClassName: 'istio-waypoint',
      listeners: [{ name: 'mesh', port: 15008, protocol: 'HBONE' }],
    }),
    status: { addresses: [{ type: 'IPAddress', value: '10.6.0.9' }] },
  },
  makePod('wp-1', WAYPOINT_LABELS, WAYPOINT.ip, false),
  makePod('books-1', { app: 'books' }, '10.9.0.7', true),
  makePod('store-1', { app: 'store' }, '10.9.0.6', true),
  makePod('web-1', { app: 'web' }, CALLER_IP, true),
]

const HOSTS = ['books', 'store', 'books.amb.svc.cluster.local', '*.amb.svc.cluster.local'] as const

const target = (random: Random, port: number): Spec => ({
  destination: {
    host: random.pick(['books', 'store']),
    ...random.maybe(0.8, () => ({ port: { number: port } })),
  },
})

function routes(random: Random, port: number): readonly Spec[] {
  if (random.isTrue(0.7)) return [target(random, port)]
  const weight = random.pick([0, 30, 100])
  return [
    { ...target(random, port), weight },
    { ...target(random, port), weight: 100 - weight },
  ]
}

const l4Match = (random: Random): Spec => ({
  port: random.pick([90, 443, 81]),
  ...random.maybe(0.2, () => ({ sourceLabels: { app: random.pick(['web', 'other']) } })),
  ...random.maybe(0.2, () => ({ sourceNamespace: random.pick(['amb', 'other']) })),
  ...random.maybe(0.15, () => ({ gateways: [random.pick(['mesh', 'amb/other'])] })),
})

function makeVirtualService(random: Random, index: number): KubernetesObject {
  const namespace = random.pick(['amb', 'amb', 'amb', 'other'])
  const host = namespace === 'amb' ? random.pick(HOSTS) : 'books.amb.svc.cluster.local'
  const made = makeObject('networking.istio.io/v1', 'VirtualService', namespace, `vs-${String(index)}`, {
    hosts: [host],
    http: random.repeat(1, 3, () => ({
      ...random.maybe(0.7, () => ({
        match: [
          {
            uri: random.pick<Spec>([{ prefix: '/a' }, { exact: '/a/b' }, { prefix: '/' }]),
            ...random.maybe(0.3, () => ({ port: random.pick([80, 81]) })),
            ...random.maybe(0.2, () => ({ sourceLabels: { app: random.pick(['web', 'other']) } })),
          },
        ],
      })),
      route: routes(random, 80),
    })),
    ...random.maybe(0.7, () => ({
      tcp: random.repeat(1, 2, () => ({
        ...random.maybe(0.8, () => ({ match: random.repeat(1, 2, () => l4Match(random)) })),
        route: routes(random, random.pick([90, 90, 80, 81, 443])),
      })),
    })),
    ...random.maybe(host.startsWith('*') ? 0 : 0.4, () => ({
      tls: [{ match: [{ ...l4Match(random), sniHosts: [host] }], route: routes(random, 443) }],
    })),
  })
  return {
    ...made,
    metadata: { ...made.metadata, creationTimestamp: `2026-01-01T00:00:${String(10 + random.below(40))}Z` },
  }
}

const TARGETS: readonly Spec[] = [
  { group: '', kind: 'Service', name: 'books' },
  { group: '', kind: 'Service', name: 'store' },
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: WAYPOINT.name },
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'other' },
  { group: 'gateway.networking.k8s.io', kind: 'GatewayClass', name: 'istio-waypoint' },
]

function makePolicy(random: Random, index: number): KubernetesObject {
  const isOfClass = random.isTrue(0.15)
  return makeObject(
    'security.istio.io/v1',
    'AuthorizationPolicy',
    isOfClass ? 'istio-system' : 'amb',
    `policy-${String(index)}`,
    {
      ...random.pick<Spec>([
        { targetRefs: isOfClass ? [TARGETS[4]] : random.sample(TARGETS.slice(0, 4), 1 + random.below(2)) },
        { targetRefs: isOfClass ? [TARGETS[4]] : random.sample(TARGETS.slice(0, 4), 1) },
        { selector: { matchLabels: { app: 'books' } } },
      ]),
      action: random.pick(['ALLOW', 'DENY']),
      rules: random.repeat(1, 2, () => ({
        ...random.maybe(0.4, () => ({
          from: [
            {
              source: random.pick<Spec>([
                { principals: ['cluster.local/ns/amb/sa/web'] },
                { namespaces: ['amb'] },
                { namespaces: ['shop'] },
                { notPrincipals: ['*/sa/web'] },
              ]),
            },
          ],
        })),
        to: [
          {
            operation: random.pick<Spec>([
              { paths: ['/a*'] },
              { methods: ['GET'] },
              { ports: [random.pick(['80', '8080', '90', '443'])] },
              { hosts: ['books*'] },
            ]),
          },
        ],
      })),
    },
  )
}

function makeRequest(random: Random): RoutingRequest {
  const port = random.pick([80, 80, 81, 90, 443])
  const isTcp = port === 90 || (port !== 80 && random.isTrue(0.3))
  const isTls = port === 443 || (!isTcp && port === 81 && random.isTrue(0.2))
  return {
    from: { kind: 'workload', namespace: 'amb', labels: { app: 'web' }, serviceAccount: 'web' },
    scheme: isTls ? 'https' : 'http',
    method: random.pick(['GET', 'POST']),
    host: random.pick(['books', 'store']),
    port,
    path: random.pick(['/', '/a', '/a/b', '/c']),
    headers: {},
    tls: isTls ? 'simple' : 'none',
    ...(isTcp && !isTls ? { protocol: 'tcp' as const } : {}),
  }
}

/** A random configuration; the same for the same seed. */
export function generateWaypoints(seed: number): WaypointConfiguration {
  const random = new Random(seed)
  return {
    seed,
    objects: [
      ...FIXED,
      ...random.repeat(0, 3, index => makeVirtualService(random, index)),
      ...random.repeat(0, 2, index => makePolicy(random, index)),
    ],
    requests: random.repeat(8, 12, () => makeRequest(random)),
  }
}
