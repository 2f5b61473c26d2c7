import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { Random } from '../routing/random.ts'

type Spec = Readonly<Record<string, unknown>>

const VALUES: Readonly<Record<string, readonly string[]>> = {
  principals: [
    'cluster.local/ns/default/sa/web',
    'cluster.local/ns/shop/sa/visitor',
    '*/sa/web',
    'cluster.local/ns/shop/*',
    'corp.example/ns/default/*',
    '*',
    '*web',
    'other.domain/ns/default/sa/web',
  ],
  requestPrincipals: ['*', 'https://me/alice', 'https://me/*', '*/bob', 'https://you/alice'],
  namespaces: ['default', 'shop', 'sh*', '*', '*ault', 'prod'],
  ipBlocks: ['10.2.0.1', '10.2.0.0/16', '10.3.0.0/24', '0.0.0.0/0', '192.168.0.0/16'],
  remoteIpBlocks: ['10.2.0.0/16', '10.3.0.9'],
  serviceAccounts: ['web', 'default/web', 'visitor', 'shop/visitor'],
  hosts: ['api.default', 'API.default', 'api.*', '*.cluster.local', '*', 'h.example.com', 'db.shop'],
  ports: ['80', '8080', '8081', '8082', '8083'],
  methods: ['GET', 'POST', 'P*', '*T', '*', 'get'],
  paths: ['/', '/a', '/a*', '*/y', '/x/{*}/y', '/x/{**}', '*', '/x/{*}/y/{**}', '/admin', '*info'],
}

const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  'request.headers[x-env]': ['prod', 'prod*', '*prod', '*'],
  'request.headers[X-Env]': ['test'],
  'source.ip': ['10.2.0.0/16', '10.3.0.9'],
  'remote.ip': ['10.2.0.0/16'],
  'destination.ip': ['10.1.0.0/24', '10.1.0.1'],
  'destination.port': ['8080', '8082', '80'],
  'source.namespace': ['default', 'sh*', '*'],
  'source.principal': ['cluster.local/ns/default/sa/web', '*/sa/visitor', '*'],
  'source.serviceAccount': ['default/web', 'shop/visitor', 'web'],
  'request.auth.principal': ['https://me/alice', '*', 'https://me/*'],
  'request.auth.audiences': ['shop', 'bank', 's*'],
  'request.auth.presenter': ['app', '*'],
  'request.auth.claims[iss]': ['https://me'],
  'request.auth.claims[group][names]': ['admins', 'st*', '*'],
  'connection.sni': [
    'outbound_.80_._.api.default.svc.cluster.local',
    '*.api.default.svc.cluster.local',
    'outbound_.81*',
    '*',
  ],
}

const oppositeOf = (name: string): string => `not${name.charAt(0).toUpperCase()}${name.slice(1)}`

function generateFields(random: Random, names: readonly string[]): Spec {
  const spec: Record<string, readonly string[]> = {}
  for (const name of random.sample(names, 1 + random.below(2))) {
    const values = VALUES[name] ?? []
    if (random.isTrue(0.75)) spec[name] = random.sample(values, 1 + random.below(2))
    if (spec[name] === undefined || random.isTrue(0.15))
      spec[oppositeOf(name)] = random.sample(values, 1 + random.below(2))
  }
  return spec
}

const SOURCES: readonly (readonly string[])[] = [
  ['principals', 'namespaces', 'ipBlocks', 'requestPrincipals', 'remoteIpBlocks'],
  // istiod refuses serviceAccounts beside principals and namespaces.
  ['serviceAccounts', 'ipBlocks', 'requestPrincipals'],
]

function generateCondition(random: Random): Spec {
  const key = random.pick(Object.keys(CONDITIONS))
  const values = CONDITIONS[key] ?? []
  const isPositive = random.isTrue(0.75)
  return {
    key,
    ...(isPositive ? { values: random.sample(values, 1 + random.below(2)) } : {}),
    ...(!isPositive || random.isTrue(0.15) ? { notValues: random.sample(values, 1) } : {}),
  }
}

const generateRule = (random: Random): Spec => ({
  ...random.maybe(0.55, () => ({
    from: random.repeat(1, 2, () => ({ source: generateFields(random, random.pick(SOURCES)) })),
  })),
  ...random.maybe(0.55, () => ({
    to: random.repeat(1, 2, () => ({
      operation: generateFields(random, ['hosts', 'ports', 'methods', 'paths']),
    })),
  })),
  ...random.maybe(0.35, () => ({ when: random.repeat(1, 2, () => generateCondition(random)) })),
})

/** A policy that istiod's validation takes. */
export function generateAuthorizationPolicy(random: Random, index: number): KubernetesObject {
  const action = random.pick([undefined, 'ALLOW', 'ALLOW', 'DENY', 'DENY', 'AUDIT'])
  const selector = random.pick([undefined, { app: 'api' }, { app: 'api' }, { version: 'v1' }, { app: 'db' }])
  const isTargeted = random.isTrue(0.07)
  return {
    apiVersion: random.pick(['security.istio.io/v1', 'security.istio.io/v1beta1']),
    kind: 'AuthorizationPolicy',
    metadata: {
      name: `policy-${String(index)}`,
      namespace: random.pick(['default', 'default', 'default', 'shop', 'istio-system']),
      ...random.maybe(0.06, () => ({ annotations: { 'istio.io/dry-run': 'true' } })),
    },
    spec: {
      ...(isTargeted
        ? { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'waypoint' }] }
        : selector === undefined
          ? {}
          : { selector: { matchLabels: selector } }),
      ...(action === undefined ? {} : { action }),
      // istiod refuses DENY without rules.
      ...random.maybe(action === 'DENY' || action === 'AUDIT' ? 1 : 0.93, () => ({
        rules: random.repeat(1, 3, () => generateRule(random)),
      })),
    },
  }
}
