import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import { Random } from '../routing/random.ts'
import { makeObject } from './generate-configuration.ts'

/** Objects and connections that have reached a gateway's proxy. */
export interface GatewayConfiguration {
  readonly seed: number
  readonly objects: readonly KubernetesObject[]
  readonly requests: readonly RoutingRequest[]
  /** The port that the proxy listens on, by the port of its Service. */
  readonly targetPorts: Readonly<Record<number, number>>
}

type Spec = Readonly<Record<string, unknown>>

export const GATEWAY_LABELS = { istio: 'ingressgateway', app: 'gw' } as const

const HOSTS = [
  'one.example.com',
  'two.example.com',
  'a.wild.example.com',
  '*.example.com',
  '*.wild.example.com',
  'other.test',
  '*',
] as const

const SERVERS: readonly { readonly number: number; readonly protocol: string; readonly mode?: string }[] = [
  ...['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL'].flatMap(mode => [
    { number: 443, protocol: 'TLS', mode },
    { number: 443, protocol: 'HTTPS', mode },
  ]),
  { number: 15443, protocol: 'TLS', mode: 'AUTO_PASSTHROUGH' },
  { number: 3306, protocol: 'TCP' },
  { number: 3306, protocol: 'MONGO' },
  { number: 80, protocol: 'HTTP' },
  { number: 443, protocol: 'TCP' },
]

const SERVICES = ['db', 'web'].map((name, index) =>
  makeObject('v1', 'Service', 'default', name, {
    clusterIP: `10.0.0.${String(index + 1)}`,
    clusterIPs: [`10.0.0.${String(index + 1)}`],
    selector: { app: name },
    ports:
      name === 'db'
        ? [{ name: 'tcp', port: 3306 }]
        : [
            { name: 'http', port: 80 },
            { name: 'https', port: 443 },
          ],
  }),
)

const within = (object: KubernetesObject, second: number): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp: `2026-01-01T00:00:${String(10 + second)}Z` },
})

const credentialOf = (mode: string): Spec =>
  mode === 'SIMPLE' || mode.endsWith('MUTUAL')
    ? mode === 'ISTIO_MUTUAL'
      ? {}
      : { credentialName: 'cert' }
    : {}

function makeGateway(random: Random, index: number): KubernetesObject {
  const made = makeObject(
    'networking.istio.io/v1',
    'Gateway',
    random.pick(['default', 'istio-system']),
    `edge-${String(index)}`,
    {
      selector: random.pick([{ istio: 'ingressgateway' }, { istio: 'ingressgateway' }, { istio: 'other' }]),
      servers: random.repeat(1, 3, place => {
        const { number, protocol, mode } = random.pick(SERVERS)
        // One name for each server: a second server of the same host and port is refused or left out by turns.
        const hosts = random.sample(HOSTS, 1 + random.below(2))
        return {
          port: { number, name: `p-${String(index)}-${String(place)}`, protocol },
          hosts: (hosts.includes('*') ? ['*'] : hosts).map(host =>
            random.isTrue(0.15) ? `${random.pick(['.', '*', 'default'])}/${host}` : host,
          ),
          ...(mode === undefined ? {} : { tls: { mode, ...credentialOf(mode) } }),
        }
      }),
    },
  )
  return within(made, index)
}

const generateTarget = (random: Random): Spec => ({
  host: random.pick(['db.default.svc.cluster.local', 'web.default.svc.cluster.local', 'db']),
  ...random.maybe(0.6, () => ({ port: { number: random.pick([3306, 443]) } })),
})

function generateRoute(random: Random): readonly Spec[] {
  if (random.isTrue(0.7)) return [{ destination: generateTarget(random) }]
  return [20, 80].map(weight => ({ destination: generateTarget(random), weight }))
}

const GATEWAYS = ['default/edge-0', 'istio-system/edge-0', 'default/edge-1', 'istio-system/edge-1'] as const

const generateMatch = (random: Random): Spec => ({
  ...random.maybe(0.4, () => ({ port: random.pick([443, 3306, 15443]) })),
  ...random.maybe(0.15, () => ({ gateways: [random.pick(GATEWAYS)] })),
  ...random.maybe(0.1, () => ({ sourceLabels: { app: 'web' } })),
  ...random.maybe(0.1, () => ({ sourceNamespace: 'default' })),
})

const NAMES = ['one.example.com', 'two.example.com', 'a.wild.example.com', '*.wild.example.com', 'other.test']

function makeVirtualService(random: Random, index: number): KubernetesObject {
  const host = random.pick(HOSTS)
  const names = [...NAMES, '*.example.com', '*'].filter(
    name => host === '*' || name === host || (host.startsWith('*') && name.endsWith(host.slice(1))),
  )
  const kinds = random.pick(['tls', 'tcp', 'both'])
  const made = makeObject('networking.istio.io/v1', 'VirtualService', 'default', `route-${String(index)}`, {
    hosts: [host],
    gateways: random.sample(GATEWAYS, 1 + random.below(3)),
    ...random.maybe(kinds === 'tcp' ? 0 : 1, () => ({
      tls: random.repeat(1, 2, () => ({
        match: random.repeat(1, 2, () => ({ sniHosts: [random.pick(names)], ...generateMatch(random) })),
        route: generateRoute(random),
      })),
    })),
    ...random.maybe(kinds === 'tls' ? 0 : 1, () => ({
      tcp: random.repeat(1, 2, () => ({
        ...random.maybe(0.6, () => ({
          match: [{ port: random.pick([443, 3306]), ...generateMatch(random) }],
        })),
        route: generateRoute(random),
      })),
    })),
  })
  return within(made, 10 + random.below(40))
}

function makePolicy(random: Random, index: number): KubernetesObject {
  const operation = random.pick([
    { ports: [random.pick(['443', '8443', '3306', '15443'])] },
    { methods: ['GET'] },
    { hosts: ['one.example.com'] },
    { notPorts: ['443'] },
  ])
  const rule = random.pick([
    { to: [{ operation }] },
    { when: [{ key: 'connection.sni', values: [random.pick(['one.example.com', '*.example.com'])] }] },
    {},
  ])
  return makeObject(
    'security.istio.io/v1',
    'AuthorizationPolicy',
    'istio-system',
    `policy-${String(index)}`,
    {
      ...random.maybe(0.5, () => ({ selector: { matchLabels: { istio: 'ingressgateway' } } })),
      action: random.pick(['ALLOW', 'DENY', 'DENY', 'AUDIT']),
      rules: [rule],
    },
  )
}

function generateRequest(random: Random): RoutingRequest {
  const tls = random.pick(['none', 'simple', 'simple', 'mutual', 'istio'] as const)
  const host = random.pick([
    'one.example.com',
    'two.example.com',
    'a.wild.example.com',
    'other.test',
    'zzz.test',
  ])
  const port = random.pick([443, 443, 443, 3306, 15443, 80])
  return {
    from: { kind: 'gateway', namespace: 'istio-system', labels: GATEWAY_LABELS },
    scheme: tls === 'none' ? 'http' : 'https',
    method: random.pick(['GET', 'POST']),
    host,
    port,
    path: '/',
    headers: {},
    tls,
    ...(port === 15443
      ? {
          sni: random.pick([
            'outbound_.3306_._.db.default.svc.cluster.local',
            'outbound_.443_._.web.default.svc.cluster.local',
            'outbound_.444_._.web.default.svc.cluster.local',
            'one.example.com',
          ]),
        }
      : {}),
  }
}

/** A random configuration; the same for the same seed. */
export function generateGatewayConnections(seed: number): GatewayConfiguration {
  const random = new Random(seed)
  const targetPorts = random.isTrue(0.4) ? { 80: 8080, 443: 8443, 3306: 3306, 15443: 15443 } : {}
  const service = makeObject('v1', 'Service', 'istio-system', 'gw', {
    clusterIP: '10.0.0.9',
    clusterIPs: ['10.0.0.9'],
    selector: { istio: 'ingressgateway' },
    ports: [80, 443, 3306, 15443].map(port => ({
      name: `p-${String(port)}`,
      port,
      targetPort: (targetPorts as Readonly<Record<number, number>>)[port] ?? port,
    })),
  })
  return {
    seed,
    objects: [
      ...SERVICES,
      service,
      ...random.repeat(1, 2, index => makeGateway(random, index)),
      ...random.repeat(0, 3, index => makeVirtualService(random, index)),
      ...(random.isTrue(0.3) ? random.repeat(1, 2, index => makePolicy(random, index)) : []),
    ],
    requests: random.repeat(8, 12, () => generateRequest(random)),
    targetPorts,
  }
}
