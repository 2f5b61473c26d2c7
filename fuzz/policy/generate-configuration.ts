import { stringify } from 'yaml'
import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import { Random } from '../routing/random.ts'
import { generateAuthorizationPolicy } from './generate-authorization.ts'

type Spec = Readonly<Record<string, unknown>>

/** Objects and requests to ask both istiod and the product about. */
export interface PolicyConfiguration {
  readonly seed: number
  readonly objects: readonly KubernetesObject[]
  readonly requests: readonly RoutingRequest[]
  readonly trustDomain: string
  readonly meshConfig: Spec
}

export const makeObject = (
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  spec: Spec,
): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
})

const makePod = (
  name: string,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  ip: string,
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, uid: name, labels: { ...labels, 'security.istio.io/tlsMode': 'istio' } },
  spec: {
    serviceAccountName: labels['app'],
    containers: [
      { name: 'app', image: 'app' },
      { name: 'istio-proxy', image: 'proxy' },
    ],
  },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
})

const makeService = (namespace: string, name: string, clusterIP: string): KubernetesObject =>
  makeObject('v1', 'Service', namespace, name, {
    clusterIP,
    clusterIPs: [clusterIP],
    selector: { app: name },
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'auto', port: 81, targetPort: 8081 },
      { name: 'tcp', port: 82, targetPort: 8082 },
      { name: 'http-named', port: 83, targetPort: 8083 },
      { name: 'grpc', port: 84, targetPort: 8084 },
    ],
  })

const PODS = [
  makePod('api-v1', 'default', { app: 'api', version: 'v1' }, '10.1.0.1'),
  makePod('api-v2', 'default', { app: 'api', version: 'v2' }, '10.1.0.2'),
  makePod('db-v1', 'shop', { app: 'db', version: 'v1' }, '10.1.1.1'),
  makePod('web', 'default', { app: 'web' }, '10.2.0.1'),
  makePod('visitor', 'shop', { app: 'visitor' }, '10.3.0.9'),
  {
    ...makeObject('v1', 'Pod', 'default', 'bare', { containers: [{ name: 'app', image: 'app' }] }),
    metadata: { name: 'bare', namespace: 'default', uid: 'bare', labels: { app: 'bare' } },
    status: { phase: 'Running', podIP: '10.7.7.7', conditions: [{ type: 'Ready', status: 'True' }] },
  },
]

const SERVICES = [makeService('default', 'api', '10.0.0.1'), makeService('shop', 'db', '10.0.0.2')]

const MODES = ['STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET'] as const
const NAMESPACES = ['default', 'shop', 'istio-system'] as const

function generatePeerAuthentication(random: Random, index: number): KubernetesObject {
  const selector = random.pick([undefined, undefined, { app: 'api' }, { version: 'v1' }, { app: 'db' }])
  return makeObject(
    'security.istio.io/v1',
    'PeerAuthentication',
    random.pick(NAMESPACES),
    `peer-${String(index)}`,
    {
      ...(selector === undefined ? {} : { selector: { matchLabels: selector } }),
      ...random.maybe(0.85, () => ({ mtls: { mode: random.pick(MODES) } })),
      ...(selector === undefined
        ? {}
        : random.maybe(0.5, () => ({
            portLevelMtls: Object.fromEntries(
              random
                .sample([8080, 8081, 8082, 8083, 80], 2)
                .map(port => [port, { mode: random.pick(MODES) }]),
            ),
          }))),
    },
  )
}

function generateTls(random: Random): Spec {
  const mode = random.pick(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL', 'ISTIO_MUTUAL', 'DISABLE'])
  return {
    mode,
    ...(mode === 'MUTUAL'
      ? { clientCertificate: '/c.pem', privateKey: '/k.pem', caCertificates: '/ca.pem' }
      : {}),
    ...(mode === 'SIMPLE' ? random.maybe(0.5, () => ({ sni: 'other.example.com' })) : {}),
  }
}

/** istiod refuses policies without any field. */
const orSome = (spec: Spec): Spec =>
  Object.keys(spec).length === 0 ? { connectionPool: { tcp: { maxConnections: 9 } } } : spec

const generatePolicy = (random: Random, isSubset: boolean): Spec =>
  orSome({
    ...random.maybe(0.65, () => ({ tls: generateTls(random) })),
    ...random.maybe(0.3, () => ({ connectionPool: { tcp: { maxConnections: 7 } } })),
    ...random.maybe(isSubset ? 0.25 : 0.4, () => ({
      portLevelSettings: random.sample([80, 81, 82], 1 + random.below(2)).map(number => ({
        port: { number },
        ...orSome({
          ...random.maybe(0.6, () => ({ tls: generateTls(random) })),
          ...random.maybe(0.4, () => ({ loadBalancer: { simple: 'RANDOM' } })),
        }),
      })),
    })),
  })

function generateDestinationRule(random: Random, index: number): KubernetesObject {
  const namespace = random.pick(NAMESPACES)
  const host = random.pick([
    'api.default.svc.cluster.local',
    'api.default.svc.cluster.local',
    'db.shop.svc.cluster.local',
    '*.default.svc.cluster.local',
    '*.svc.cluster.local',
    '*.local',
    ...(namespace === 'default' ? ['api'] : []),
    ...(namespace === 'shop' ? ['db'] : []),
  ])
  const made = makeObject('networking.istio.io/v1', 'DestinationRule', namespace, `rule-${String(index)}`, {
    host,
    ...random.maybe(0.75, () => ({ trafficPolicy: generatePolicy(random, false) })),
    ...random.maybe(0.5, () => ({
      subsets: random.sample(['v1', 'v2'], 2).map(name => ({
        name,
        labels: { version: name },
        ...random.maybe(0.5, () => ({ trafficPolicy: generatePolicy(random, true) })),
      })),
    })),
    ...(random.isTrue(0.15)
      ? { workloadSelector: { matchLabels: { app: random.pick(['web', 'visitor']) } } }
      : random.maybe(0.25, () => ({ exportTo: [random.pick(['.', '*', 'shop', 'default'])] }))),
  })
  return {
    ...made,
    metadata: { ...made.metadata, creationTimestamp: `2026-01-01T00:00:${String(10 + random.below(40))}Z` },
  }
}

const generateVirtualService = (random: Random, namespace: string): KubernetesObject =>
  makeObject('networking.istio.io/v1', 'VirtualService', namespace, 'to-subset', {
    hosts: ['api.default.svc.cluster.local'],
    http: [
      {
        ...random.maybe(0.3, () => ({ rewrite: { uri: '/x/1/y/2', authority: 'h.example.com' } })),
        route: [
          { destination: { host: 'api.default.svc.cluster.local', subset: random.pick(['v1', 'v2']) } },
        ],
      },
    ],
    tcp: [{ route: [{ destination: { host: 'api.default.svc.cluster.local', subset: 'v1' } }] }],
  })

const generateRequestAuthentication = (random: Random, index: number): KubernetesObject =>
  makeObject(
    'security.istio.io/v1',
    'RequestAuthentication',
    random.pick(NAMESPACES),
    `tokens-${String(index)}`,
    {
      ...random.maybe(0.5, () => ({ selector: { matchLabels: { app: random.pick(['api', 'db']) } } })),
      jwtRules: [{ issuer: 'https://me', jwks: '{"keys": []}' }],
    },
  )

const CLAIMS = [
  {
    iss: 'https://me',
    sub: 'alice',
    aud: ['shop', 'bank'],
    azp: 'app',
    group: { names: ['admins', 'staff'] },
  },
  { iss: 'https://me', sub: 'bob', aud: 'shop' },
  { iss: 'https://me' },
]

/** An unsigned token of the usual form. */
const makeToken = (claims: object): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

function generateRequest(random: Random): RoutingRequest {
  const from = random.pick([
    { kind: 'workload', namespace: 'default', labels: { app: 'web' }, serviceAccount: 'web' },
    { kind: 'workload', namespace: 'shop', labels: { app: 'visitor' }, serviceAccount: 'visitor' },
    { kind: 'workload', namespace: 'default', labels: { app: 'bare' }, hasProxy: false },
  ] as const)
  return {
    from,
    scheme: 'http',
    method: random.pick(['GET', 'POST', 'PUT', 'DELETE']),
    host: random.pick(['api.default.svc.cluster.local', 'api.default', 'db.shop', 'api.default']),
    port: random.pick([80, 80, 81, 82, 83, 84]),
    path: random.pick([
      '/',
      '/a',
      '/a/b?x=1',
      '/x/1/y',
      '/x/1/y/2/3',
      '/admin',
      '/q?admin',
      '/A',
      '/info',
      '/a/../admin',
      '/x/%2e%2e/admin',
      '//admin',
      '/x%2Fy',
      '/x/.//y',
      '/a%5c..%5cadmin',
    ]),
    headers: {
      ...random.maybe(0.4, () => ({ 'x-env': random.pick(['prod', 'test', 'production', 'x-prod']) })),
      ...random.maybe(0.3, () => ({ authorization: `Bearer ${makeToken(random.pick(CLAIMS))}` })),
    },
    tls: 'none',
  }
}

/** A random configuration; the same for the same seed. */
export function generateConfiguration(seed: number): PolicyConfiguration {
  const random = new Random(seed)
  const objects = [
    ...SERVICES,
    ...PODS,
    ...random.repeat(0, 3, index => generatePeerAuthentication(random, index)),
    ...random.repeat(0, 3, index => generateDestinationRule(random, index)),
    ...(random.isTrue(0.4) ? [generateVirtualService(random, random.pick(['default', 'shop']))] : []),
    ...random.repeat(0, 4, index => generateAuthorizationPolicy(random, index)),
    ...random
      .repeat(0, 2, index => generateRequestAuthentication(random, index))
      .filter(() => random.isTrue(0.5)),
  ]
  const trustDomain = random.isTrue(0.2) ? 'corp.example' : 'cluster.local'
  return {
    seed,
    objects,
    requests: random.repeat(6, 10, () => generateRequest(random)),
    trustDomain,
    meshConfig: {
      trustDomain,
      ...random.maybe(0.2, () => ({ trustDomainAliases: [random.pick(['other.domain', 'old.example'])] })),
      ...random.maybe(0.4, () => ({
        pathNormalization: {
          normalization: random.pick(['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES']),
        },
      })),
      ...random.maybe(0.1, () => ({ enableAutoMtls: false })),
    },
  }
}

export const textOf = (objects: readonly KubernetesObject[]): string =>
  objects.map(object => stringify(object)).join('---\n')
