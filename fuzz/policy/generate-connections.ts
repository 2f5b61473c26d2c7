import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import { Random } from '../routing/random.ts'
import { makeObject } from './generate-configuration.ts'

/** Objects and connections: TCP, and TLS that the application speaks itself. */
export interface ConnectionConfiguration {
  readonly seed: number
  readonly objects: readonly KubernetesObject[]
  readonly requests: readonly RoutingRequest[]
  readonly outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY'
}

type Spec = Readonly<Record<string, unknown>>

const PORTS: readonly Spec[] = [
  { name: 'tcp', port: 3306 },
  { name: 'https', port: 443 },
  { name: 'tls-own', port: 8443 },
  { name: 'auto', port: 9000 },
  { name: 'mongo', port: 27017 },
  { name: 'some', appProtocol: 'tcp', port: 9001 },
  { name: 'tcp-not', appProtocol: 'tls', port: 9002 },
  { name: 'redis', port: 6379 },
  { name: 'udp', protocol: 'UDP', port: 5353 },
  { name: 'http', port: 7001 },
]

const SERVICE_ADDRESSES: Readonly<Record<string, string>> = {
  db: '10.0.0.1',
  web: '10.0.0.2',
  store: '10.0.1.1',
}

const makeService = (random: Random, name: string): KubernetesObject => {
  const clusterIP = SERVICE_ADDRESSES[name]
  const made = makeObject('v1', 'Service', name === 'store' ? 'shop' : 'default', name, {
    clusterIP,
    clusterIPs: [clusterIP],
    selector: { app: name },
    ports: random.sample(PORTS, 2 + random.below(5)),
  })
  return random.isTrue(0.1)
    ? {
        ...made,
        metadata: {
          ...made.metadata,
          annotations: { 'networking.istio.io/exportTo': random.pick(['.', '*', 'shop', '~']) },
        },
      }
    : made
}

const ENTRIES: readonly { readonly hosts: readonly string[]; readonly addresses?: readonly string[] }[] = [
  { hosts: ['one.example.com'] },
  { hosts: ['two.example.com', 'three.example.com'] },
  { hosts: ['*.example.com'] },
  { hosts: ['*.wild.example.com'] },
  { hosts: ['fixed.example.com'], addresses: ['192.168.7.1'] },
  { hosts: ['wide.example.com'], addresses: ['172.20.0.0/16'] },
  { hosts: ['narrow.example.com'], addresses: ['172.20.4.0/24'] },
  { hosts: ['both.example.com'], addresses: ['172.20.4.9', '172.21.0.0/16'] },
  { hosts: ['one-only.example.com'], addresses: ['172.20.4.77/32'] },
  { hosts: ['any.example.com'], addresses: ['0.0.0.0/0'] },
]

const makeEntry = (random: Random, index: number): KubernetesObject => {
  const { hosts, addresses } = random.pick(ENTRIES)
  const isWild = hosts.some(host => host.startsWith('*'))
  const isRange = addresses?.some(address => address.includes('/')) === true
  const resolution = random.pick(
    isRange
      ? (['NONE', 'STATIC'] as const)
      : isWild || hosts.length > 1
        ? (['NONE'] as const)
        : (['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN'] as const),
  )
  const made = makeObject(
    'networking.istio.io/v1',
    'ServiceEntry',
    random.pick(['default', 'default', 'shop']),
    `entry-${String(index)}`,
    {
      hosts,
      ...(addresses === undefined ? {} : { addresses }),
      location: random.pick(['MESH_EXTERNAL', 'MESH_INTERNAL']),
      resolution,
      ...(resolution === 'STATIC' ? { endpoints: [{ address: '192.0.2.9' }] } : {}),
      ports: random.sample(
        [
          { number: 443, name: 'tls', protocol: random.pick(['TLS', 'HTTPS']) },
          { number: 3306, name: 'tcp', protocol: 'TCP' },
          { number: 27017, name: 'mongo', protocol: 'MONGO' },
          { number: 7001, name: 'late', protocol: random.pick(['HTTP', 'TCP', 'TLS', 'GRPC']) },
        ],
        1 + random.below(3),
      ),
      ...random.maybe(0.15, () => ({ exportTo: ['.'] })),
    },
  )
  return {
    ...made,
    metadata: { ...made.metadata, creationTimestamp: `2026-01-01T00:00:${String(10 + index)}Z` },
  }
}

const HOSTS = [
  'db.default.svc.cluster.local',
  'web.default.svc.cluster.local',
  'store.shop.svc.cluster.local',
  'one.example.com',
  'two.example.com',
  '*.example.com',
  'fixed.example.com',
]

const generateTarget = (random: Random): Spec => ({
  host: random.pick(HOSTS.filter(host => !host.startsWith('*'))),
  ...random.maybe(0.7, () => ({ port: { number: random.pick([3306, 443, 27017, 9000]) } })),
})

function generateRoute(random: Random): readonly Spec[] {
  if (random.isTrue(0.7)) return [{ destination: generateTarget(random) }]
  const weight = random.pick([0, 20, 50, 100])
  return [
    { destination: generateTarget(random), weight },
    { destination: generateTarget(random), weight: 100 - weight },
  ]
}

const generateMatch = (random: Random): Spec => ({
  ...random.maybe(0.5, () => ({ port: random.pick([3306, 443, 9000, 8443]) })),
  ...random.maybe(0.2, () => ({ sourceLabels: { app: random.pick(['web', 'other']) } })),
  ...random.maybe(0.15, () => ({ sourceNamespace: random.pick(['default', 'shop']) })),
  ...random.maybe(0.15, () => ({ gateways: [random.pick(['mesh', 'default/some'])] })),
  ...random.maybe(0.15, () => ({
    destinationSubnets: random.sample(
      ['10.0.0.0/24', '10.0.0.2', '10.0.0.0/8', '192.168.7.0/24', '172.16.0.1'],
      2,
    ),
  })),
})

function makeVirtualService(random: Random, index: number): KubernetesObject {
  const picked = random.sample(HOSTS, 1 + random.below(2))
  // istiod refuses hosts that cover each other.
  const hosts = picked.includes('*.example.com')
    ? picked.filter(host => host.startsWith('*') || !host.endsWith('.example.com'))
    : picked
  const kinds = random.pick(['tls', 'tcp', 'both', 'both'])
  const isWild = hosts.includes('*.example.com')
  const names = hosts.flatMap(host =>
    host.startsWith('*') ? ['one.example.com', '*.wild.example.com', '*.example.com'] : [host],
  )
  const made = makeObject(
    'networking.istio.io/v1',
    'VirtualService',
    random.pick(['default', 'default', 'shop']),
    `route-${String(index)}`,
    {
      hosts,
      gateways: random.pick([['mesh'], ['mesh', 'default/some']]),
      ...random.maybe(kinds === 'tcp' ? 0 : 1, () => ({
        tls: random.repeat(1, 2, () => ({
          match: random.repeat(1, 2, () => ({ sniHosts: [random.pick(names)], ...generateMatch(random) })),
          route: generateRoute(random),
        })),
      })),
      ...random.maybe(kinds === 'tls' ? 0 : 1, () => ({
        tcp: random.repeat(1, 2, () => ({
          ...random.maybe(0.7, () => ({ match: random.repeat(1, 2, () => orPort(generateMatch(random))) })),
          route: generateRoute(random),
        })),
      })),
      ...(isWild ? {} : random.maybe(0.15, () => ({ exportTo: ['.'] }))),
    },
  )
  return {
    ...made,
    metadata: { ...made.metadata, creationTimestamp: `2026-01-01T00:00:${String(10 + random.below(40))}Z` },
  }
}

/** istiod refuses an empty match. */
const orPort = (match: Spec): Spec => (Object.keys(match).length === 0 ? { port: 3306 } : match)

function generateRequest(random: Random): RoutingRequest {
  const tls = random.pick(['none', 'simple'] as const)
  const host = random.pick([
    'db.default.svc.cluster.local',
    'web.default',
    'store.shop',
    'one.example.com',
    'three.example.com',
    'a.wild.example.com',
    'fixed.example.com',
    'nowhere.test',
    '172.20.9.9',
    '172.20.4.1',
    '172.20.4.9',
    '172.20.4.77',
    '172.21.3.3',
    '203.0.113.77',
  ])
  return {
    from: { kind: 'workload', namespace: 'default', labels: { app: 'web' } },
    scheme: tls === 'none' ? 'http' : 'https',
    method: 'GET',
    host,
    // Plain HTTP to a detected port is read as HTTP, which the routing tables are about.
    port: random.pick(
      tls === 'none'
        ? [3306, 443, 8443, 27017, 9001, 6379, 7001]
        : [3306, 443, 443, 8443, 9000, 27017, 9002, 7001],
    ),
    path: '/',
    headers: {},
    tls,
    ...(tls === 'none' ? { protocol: 'tcp' as const } : {}),
    ...(tls === 'none'
      ? {}
      : random.maybe(0.3, () => ({
          sni: random.pick(['one.example.com', 'b.wild.example.com', 'zzz.test']),
        }))),
  }
}

/** A random configuration; the same for the same seed. */
export function generateConnections(seed: number): ConnectionConfiguration {
  const random = new Random(seed)
  const services = ['db', 'web', 'store'].map(name => makeService(random, name))
  const entries = random.repeat(0, 4, index => makeEntry(random, index))
  // Two entries for one host merge their ports, which is not what is asked here.
  const seen = new Set<string>()
  const distinct = entries.filter(entry => {
    const hosts = String((entry.spec as { hosts: readonly string[] }).hosts[0])
    return seen.has(hosts) ? false : seen.add(hosts)
  })
  return {
    seed,
    objects: [...services, ...distinct, ...random.repeat(0, 3, index => makeVirtualService(random, index))],
    requests: random.repeat(8, 12, () => generateRequest(random)),
    outboundTrafficPolicy: random.isTrue(0.3) ? 'REGISTRY_ONLY' : 'ALLOW_ANY',
  }
}

/** The address that a caller's connection to a name goes to; names outside have one that no listener is at. */
export const addressOf = ({ host }: RoutingRequest): string =>
  (/^[\d.]+$/.test(host) ? host : undefined) ??
  SERVICE_ADDRESSES[host.split('.')[0] ?? ''] ??
  (host === 'fixed.example.com' ? '192.168.7.1' : '203.0.113.9')
