import type { Random } from './random.ts'
import { externalHosts, istio, metadata, names, namespaces, subsets, writeHost } from './world.ts'
import type { Fields } from './world.ts'

/** A port of a service that requests may go to, and how its listener is found. */
export interface KnownService {
  readonly name: string
  readonly namespace: string
  /** Fully qualified, or a ServiceEntry's host. */
  readonly host: string
  /** Of an alias, the host whose address its name leads to. */
  readonly listenerHost?: string
  readonly address?: string
  readonly ports: readonly {
    readonly number: number
    readonly isDetected: boolean
    readonly isHttp: boolean
  }[]
}

const portKinds = [
  { number: 80, name: 'http' },
  { number: 80, name: 'http-web' },
  { number: 80, name: 'grpc-a', isGrpc: true },
  { number: 8080, name: 'http-alt' },
  { number: 8080, name: 'web', isDetected: true },
  { number: 80, name: 'any', isDetected: true },
  { number: 8080, name: 'web', appProtocol: 'http' },
  { number: 8080, name: 'tcp-but', appProtocol: 'kubernetes.io/h2c' },
  { number: 9090, name: 'http2-a' },
  { number: 3306, name: 'tcp-db', isTcp: true },
  { number: 8443, name: 'https', isTcp: true },
  { number: 80, name: 'HTTP-loud' },
  { number: 8080, name: 'grpc-web-x', isGrpc: true },
  { number: 9090, name: 'some-own', isDetected: true },
  { number: 9090, name: 'no-kind', appProtocol: 'HTTP' },
  { number: 6379, name: 'redis', isTcp: true },
  { number: 8080, name: 'http-no', appProtocol: 'https', isTcp: true },
  { number: 8080, name: 'ws', appProtocol: 'kubernetes.io/ws' },
  { number: 80, name: 'http-odd', appProtocol: 'example.com/own', isDetected: true },
  { number: 8080, name: 'http-quic', isUdp: true, isTcp: true },
] as const

export function generateService(
  random: Random,
  name: string,
  namespace: string,
  index: number,
): [Fields, KnownService] {
  const isHeadless = random.isTrue(0.1)
  const used = new Set<number>()
  const ports = random
    .repeat(1, 3, () => (random.isTrue(0.5) ? portKinds[0] : random.pick(portKinds)))
    .filter(port => !used.has(port.number) && used.add(port.number))
    .map(port =>
      // Without pods, a headless Service has no listener where the protocol would be detected.
      isHeadless && 'isDetected' in port ? { number: port.number, name: 'http-h', isDetected: false } : port,
    )
  const address = `10.96.${String(index)}.1`
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(random, name, namespace, {
      ...random.maybe(0.08, () => ({
        annotations: { 'networking.istio.io/exportTo': random.pick(['.', '*', 'shop', 'default,shop', '~']) },
      })),
    }),
    spec: {
      clusterIP: isHeadless ? 'None' : address,
      ...random.maybe(0.9, () => ({ selector: { app: name } })),
      ports: ports.map(port => ({
        port: port.number,
        ...(ports.length === 1 && random.isTrue(0.1) && 'isDetected' in port ? {} : { name: port.name }),
        ...('appProtocol' in port ? { appProtocol: port.appProtocol } : {}),
        ...('isUdp' in port ? { protocol: 'UDP' } : {}),
        targetPort: random.isTrue(0.5) ? port.number : 8000 + port.number,
      })),
    },
  }
  return [
    object,
    {
      name,
      namespace,
      host: `${name}.${namespace}.svc.cluster.local`,
      ...(isHeadless ? {} : { address }),
      ports: ports.map(port => ({
        number: port.number,
        isDetected: 'isDetected' in port && port.isDetected && !isHeadless,
        isHttp: !('isTcp' in port),
      })),
    },
  ]
}

export function generateServiceEntry(random: Random, index: number): [Fields, readonly KnownService[]] {
  const namespace = random.pick(namespaces)
  const hosts = random.isTrue(0.1)
    ? [`${random.pick(names)}.${random.pick(namespaces)}.svc.cluster.local`]
    : random.sample(externalHosts, random.isTrue(0.8) ? 1 : 2)
  const isWide = hosts.some(host => host.startsWith('*'))
  const resolution = random.pick(isWide ? ['NONE', 'STATIC'] : ['DNS', 'NONE', 'STATIC', 'DNS_ROUND_ROBIN'])
  const ports = random.sample(
    [
      { number: 80, name: 'http', protocol: 'HTTP' },
      { number: 8080, name: 'http-alt', protocol: random.pick(['HTTP', 'HTTP2', 'GRPC', 'http']) },
      { number: 443, name: 'tls', protocol: random.pick(['TLS', 'HTTPS']) },
    ],
    1 + random.below(2),
  )
  const object = {
    ...istio(random, 'ServiceEntry'),
    // istiod's order of entries that are as old and share a host is not determined.
    metadata: metadata(random, `entry-${String(index)}`, namespace, {
      creationTimestamp: `202${String(5 + random.below(2))}-0${String(index + 2)}-01T00:00:00Z`,
    }),
    spec: {
      hosts,
      ports: ports.map(port => ({
        ...port,
        ...random.maybe(0.2, () => ({ targetPort: 8000 + port.number })),
      })),
      resolution,
      location: random.pick(['MESH_EXTERNAL', 'MESH_INTERNAL']),
      ...random.maybe(0.3, () => ({ addresses: random.sample(addressesOf(index), 1 + random.below(2)) })),
      ...random.maybe(0.2, () => ({ exportTo: random.pick([['.'], ['*'], ['shop'], ['default', 'shop']]) })),
      ...endpointsOf(random, resolution, ports[0]?.name ?? 'http'),
    },
  }
  const known = hosts.map(host => ({
    name: host,
    namespace,
    host,
    ports: ports.map(port => ({
      number: port.number,
      isDetected: false,
      isHttp: port.protocol !== 'TLS' && port.protocol !== 'HTTPS',
    })),
  }))
  return [object, known]
}

/** Addresses, alone and as ranges; all ports here are read as HTTP or TLS, so that no range takes bytes of a request. */
const addressesOf = (index: number): readonly string[] => [
  `240.0.${String(index)}.1`,
  `240.0.${String(index)}.0/24`,
  `240.0.${String(index)}.7/32`,
  `2001:db8::${String(index + 1)}`,
  `2001:DB8:0:${String(index + 1)}::/64`,
]

/** Where an entry's requests go: fixed addresses, WorkloadEntries and pods that a selector finds, or names. */
function endpointsOf(random: Random, resolution: string, port: string): Fields {
  if (resolution === 'NONE') return {}
  if (resolution === 'STATIC')
    return random.isTrue(0.4)
      ? { workloadSelector: { labels: { app: 'machine' } } }
      : {
          endpoints: [
            { address: '192.0.2.1', labels: { version: 'v1' }, ports: { [port]: 9999 } },
            { address: random.pick(['192.0.2.2', '2001:db8::2']), labels: { version: 'v2' }, weight: 3 },
          ],
        }
  return random.maybe(0.3, () => ({ endpoints: [{ address: 'other.example.net', ports: { [port]: 9999 } }] }))
}

/** A machine beside the cluster, which entries select. */
export const generateWorkloadEntry = (random: Random, index: number): Fields => ({
  ...istio(random, 'WorkloadEntry'),
  metadata: metadata(random, `machine-${String(index)}`, random.pick(namespaces)),
  spec: {
    address: random.pick([`192.0.2.${String(10 + index)}`, `2001:db8::a${String(index)}`]),
    labels: { app: 'machine', version: random.pick(subsets) },
    ...random.maybe(0.3, () => ({ ports: { http: 9090 } })),
  },
})

export function generateDestinationRule(
  random: Random,
  index: number,
  known: readonly KnownService[],
): Fields {
  const target = random.pick(known)
  const namespace = random.isTrue(0.6) ? target.namespace : random.pick(namespaces)
  const host = target.host.endsWith('.local')
    ? random.isTrue(0.1)
      ? `*.${target.namespace}.svc.cluster.local`
      : writeHost(random, target.name, target.namespace, namespace)
    : target.host
  return {
    ...istio(random, 'DestinationRule'),
    metadata: metadata(random, `rule-${String(index)}`, namespace),
    spec: {
      host,
      ...random.maybe(0.8, () => ({
        subsets: random
          .sample(subsets, 1 + random.below(3))
          .map(name => ({ name, labels: { version: name } })),
      })),
      ...random.maybe(0.2, () => ({ exportTo: random.pick([['.'], ['*'], ['shop'], ['default']]) })),
      ...random.maybe(0.1, () => ({
        workloadSelector: { matchLabels: { app: random.pick(['frontend', 'other']) } },
      })),
      ...random.maybe(0.3, () => ({ trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } })),
    },
  }
}

export function generateSidecar(random: Random, index: number): Fields {
  const namespace = random.pick(namespaces)
  const host = (): string =>
    random.pick([
      './*',
      '*/*',
      'default/*',
      'shop/*',
      `*/${random.pick(names)}.${random.pick(namespaces)}.svc.cluster.local`,
      `./${random.pick(names)}.${namespace}.svc.cluster.local`,
      '*/*.example.com',
      'shop/api.shop.svc.cluster.local',
      '~shop/*',
    ])
  const hosts = (): string[] =>
    [...new Set(random.repeat(1, 3, host))].filter((one, _, all) => one === '*/*' || !all.includes('*/*'))
  return {
    ...istio(random, 'Sidecar'),
    metadata: metadata(random, `sidecar-${String(index)}`, namespace),
    spec: {
      ...random.maybe(0.3, () => ({
        workloadSelector: { labels: { app: random.pick(['frontend', 'other']) } },
      })),
      ...random.maybe(0.9, () => ({
        egress: [
          ...(random.isTrue(0.2)
            ? [{ port: { number: 8080, protocol: 'HTTP', name: 'http-e' }, hosts: hosts() }]
            : []),
          { hosts: hosts() },
        ],
      })),
      ...random.maybe(0.3, () => ({
        outboundTrafficPolicy: { mode: random.pick(['ALLOW_ANY', 'REGISTRY_ONLY']) },
      })),
    },
  }
}

/** Endpoints of an entry with other ports, of which istiod refuses those that the entry does not have. */
const withoutEndpointPorts = (spec: Fields): Fields =>
  Array.isArray(spec['endpoints'])
    ? { ...spec, endpoints: spec['endpoints'].map((item: Fields) => ({ ...item, ports: undefined })) }
    : spec

/** A second entry of the same hosts and namespace, younger, with a port of its own. */
export function shareHost(
  random: Random,
  [object, services]: [Fields, readonly KnownService[]],
): [Fields, readonly KnownService[]] {
  const number = random.pick([80, 8080, 9091])
  const { name, creationTimestamp } = object['metadata'] as { name: string; creationTimestamp: string }
  return [
    {
      ...object,
      metadata: {
        ...(object['metadata'] as Fields),
        name: `${name}-more`,
        creationTimestamp: creationTimestamp.replace('-01T', '-02T'),
      },
      spec: {
        ...withoutEndpointPorts(object['spec'] as Fields),
        ports: [{ number, name: 'http-more', protocol: 'HTTP' }],
      },
    },
    services.map(service => ({ ...service, ports: [{ number, isDetected: false, isHttp: true }] })),
  ]
}
