import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import { Random } from '../routing/random.ts'
import { makeObject } from './generate-configuration.ts'
import type { GatewayConfiguration } from './generate-gateway-connections.ts'
import { GATEWAY_LABELS } from './generate-gateway-connections.ts'

const API = 'gateway.networking.k8s.io/v1'
const HOSTS = ['one.example.com', 'two.example.com', '*.example.com', 'other.test', undefined] as const
const NAMES = ['one.example.com', 'two.example.com', '*.example.com', 'other.test', '*.test'] as const
const PORTS = [443, 443, 3306] as const

/** istiod opens no listener whose Secret holds no real certificate. */
function makeCertificate(): { readonly cert: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'route-connections-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=x'],
      { stdio: 'ignore' },
    )
    return { cert: readFileSync(cert).toString('base64'), key: readFileSync(key).toString('base64') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

let certificate: KubernetesObject | undefined

const secret = (): KubernetesObject =>
  (certificate ??= (() => {
    const { cert, key } = makeCertificate()
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'cert', namespace: 'istio-system' },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': cert, 'tls.key': key },
    }
  })())

const aged = (random: Random, object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    creationTimestamp: `2026-01-01T00:00:${String(10 + random.below(40))}Z`,
  },
})

const SERVICES = ['db', 'web'].flatMap(name =>
  ['default', 'istio-system'].map((namespace, index) =>
    makeObject('v1', 'Service', namespace, name, {
      clusterIP: `10.0.${String(index)}.${name === 'db' ? '1' : '2'}`,
      clusterIPs: [`10.0.${String(index)}.${name === 'db' ? '1' : '2'}`],
      ports: [{ name: 'tcp', port: 3306 }],
    }),
  ),
)

const LISTENER_KINDS = [
  { protocol: 'TLS', tls: { mode: 'Terminate', certificateRefs: [{ name: 'cert' }] } },
  { protocol: 'TLS', tls: { mode: 'Passthrough' } },
  { protocol: 'TCP' },
] as const

function makeRoute(random: Random, index: number): KubernetesObject {
  const kind = random.pick(['TLSRoute', 'TLSRoute', 'TCPRoute'])
  const namespace = random.pick(['default', 'istio-system'])
  const route = makeObject(API, kind, namespace, `route-${String(index)}`, {
    parentRefs: [
      {
        name: 'edge',
        namespace: 'istio-system',
        ...random.maybe(0.4, () => ({ sectionName: `l${String(random.below(4))}` })),
        ...random.maybe(0.2, () => ({ port: random.pick(PORTS) })),
      },
    ],
    ...(kind === 'TLSRoute' ? { hostnames: random.sample(NAMES, 1 + random.below(2)) } : {}),
    rules: random.repeat(1, 2, () => ({
      backendRefs: random.repeat(1, 2, () => ({
        name: random.pick(['db', 'web', 'missing']),
        ...random.maybe(0.2, () => ({ namespace: random.pick(['default', 'istio-system']) })),
        port: 3306,
        ...random.maybe(0.5, () => ({ weight: random.pick([0, 1, 3]) })),
      })),
    })),
  })
  return aged(random, route)
}

/** A random Gateway of TLS and TCP listeners with TLSRoutes and TCPRoutes; the same for the same seed. */
export function generateRouteConnections(seed: number): GatewayConfiguration {
  const random = new Random(seed)
  const service = makeObject('v1', 'Service', 'istio-system', 'gw', {
    clusterIP: '10.0.9.9',
    clusterIPs: ['10.0.9.9'],
    selector: { istio: 'ingressgateway' },
    ports: [443, 3306].map(port => ({ name: `p-${String(port)}`, port, targetPort: port })),
  })
  const gateway = makeObject(API, 'Gateway', 'istio-system', 'edge', {
    gatewayClassName: 'istio',
    addresses: [{ type: 'Hostname', value: 'gw.istio-system.svc.cluster.local' }],
    listeners: random.repeat(1, 4, index => {
      const kind = random.pick(LISTENER_KINDS)
      const hostname = kind.protocol === 'TCP' ? undefined : random.pick(HOSTS)
      return {
        name: `l${String(index)}`,
        port: random.pick(PORTS),
        ...kind,
        ...(hostname === undefined ? {} : { hostname }),
        allowedRoutes: { namespaces: { from: random.pick(['All', 'All', 'Same']) } },
      }
    }),
  })
  return {
    seed,
    objects: [
      ...SERVICES,
      secret(),
      service,
      aged(random, gateway),
      ...random.repeat(1, 4, index => makeRoute(random, index)),
    ],
    requests: random.repeat(6, 10, (): RoutingRequest => {
      const tls = random.pick(['none', 'simple', 'simple'] as const)
      return {
        from: { kind: 'gateway', namespace: 'istio-system', labels: GATEWAY_LABELS },
        scheme: tls === 'none' ? 'http' : 'https',
        method: 'GET',
        host: random.pick(['one.example.com', 'two.example.com', 'x.example.com', 'other.test', 'zzz.org']),
        port: random.pick(PORTS),
        path: '/',
        headers: {},
        tls,
      }
    }),
    targetPorts: {},
  }
}
