import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import { buildMesh } from '../../istio/mesh.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { endpointsOf } from '../endpoint/subset-endpoints.ts'
import type { Call } from './authorization.ts'
import { authorize } from './authorization.ts'
import { explicitTls, serverMode } from './mutual-tls.ts'
import { trafficPolicyFor } from './traffic-policy.ts'
import { isInBlock, matchesPath } from './value-match.ts'

const meshOf = (...texts: string[]): Mesh =>
  buildMesh(parseAllDocuments(texts.join('\n---\n')).map(document => document.toJS() as KubernetesObject))

const security = (kind: string, name: string, spec: string, namespace = 'default'): string =>
  `{apiVersion: security.istio.io/v1beta1, kind: ${kind}, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}`
const policy = (name: string, spec: string, namespace?: string): string =>
  security('AuthorizationPolicy', name, spec, namespace)
const peer = (name: string, spec: string, namespace?: string): string =>
  security('PeerAuthentication', name, spec, namespace)
const service = (name: string): string =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}}`
const pod = (name: string, version: string, containers: string, isReady = true): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: default, labels: {app: api, version: ${version}}}, spec: {containers: ${containers}}, status: {conditions: [{type: Ready, status: "${isReady ? 'True' : 'False'}"}]}}`
const rule = (name: string, spec: string, namespace = 'default'): string =>
  `{apiVersion: networking.istio.io/v1beta1, kind: DestinationRule, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}`

const api = { namespace: 'default', labels: { app: 'api' } }
const call = (given: Partial<Call> = {}): Call => ({
  principal: 'cluster.local/ns/default/sa/frontend',
  method: 'GET',
  path: '/orders?x=1',
  host: 'api',
  port: 8080,
  headers: {},
  ...given,
})

describe('authorize', () => {
  const tutorial = policy(
    'api-policy',
    '{selector: {matchLabels: {app: api}}, rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/frontend]}}], to: [{operation: {methods: [GET, POST]}}]}]}',
  )
  const other = 'cluster.local/ns/default/sa/other'
  test.each<[string, string[], Partial<Call>, boolean, string]>([
    ['no policy', [], {}, true, 'no policy of the workload restricts who may call'],
    [
      'the tutorial: the frontend',
      [tutorial],
      { method: 'POST' },
      true,
      'rule 1 of ALLOW policy default/api-policy allows it',
    ],
    [
      'the tutorial: another service account',
      [tutorial],
      { method: 'POST', principal: other },
      false,
      'no rule allows it: default/api-policy: the caller is cluster.local/ns/default/sa/other, not cluster.local/ns/default/sa/frontend',
    ],
    [
      'the tutorial: DELETE',
      [tutorial],
      { method: 'DELETE' },
      false,
      'no rule allows it: default/api-policy: the method is DELETE, not GET or POST',
    ],
    [
      'deny comes first',
      [tutorial, policy('no', '{action: DENY, rules: [{to: [{operation: {paths: ["/ord*"]}}]}]}')],
      {},
      false,
      'rule 1 of DENY policy default/no denies it',
    ],
    ['allow nothing', [policy('none', '{}')], {}, false, 'no rule allows it: default/none: it has no rules'],
    ['allow all', [policy('all', '{rules: [{}]}')], {}, true, 'rule 1 of ALLOW policy default/all allows it'],
    [
      'the root namespace',
      [policy('root', '{}', 'istio-system')],
      {},
      false,
      'no rule allows it: istio-system/root: it has no rules',
    ],
    [
      'another workload',
      [policy('db', '{selector: {matchLabels: {app: db}}}')],
      {},
      true,
      'no policy of the workload restricts who may call',
    ],
    [
      'audit decides nothing',
      [policy('log', '{action: AUDIT, rules: [{}]}')],
      {},
      true,
      'no policy of the workload restricts who may call',
    ],
    [
      'when',
      [policy('w', '{action: DENY, rules: [{when: [{key: "request.headers[x-env]", notValues: [prod]}]}]}')],
      { headers: { 'x-env': 'prod' } },
      true,
      'no policy of the workload restricts who may call',
    ],
    [
      'plain text has no namespace',
      [policy('n', '{rules: [{from: [{source: {namespaces: [default]}}]}]}')],
      { principal: undefined } as unknown as Partial<Call>,
      false,
      "no rule allows it: default/n: the caller's namespace is not proved by mutual TLS, not default",
    ],
    [
      'address',
      [policy('i', '{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}')],
      { ip: '10.9.8.7' },
      true,
      'rule 1 of ALLOW policy default/i allows it',
    ],
  ])('%s', (_name, objects, given, allowed, reason) => {
    expect(authorize(meshOf(...objects), api, call(given))).toMatchObject({ allowed, reason })
  })
  test('what only the proxy knows is named', () => {
    const mesh = meshOf(
      policy('ext', '{action: CUSTOM, provider: {name: opa}, rules: [{}]}'),
      policy(
        'db',
        '{action: DENY, rules: [{when: [{key: "experimental.envoy.filters.network.mysql_proxy[db]", values: [x]}]}]}',
      ),
    )
    expect(authorize(mesh, api, call())).toMatchObject({
      allowed: true,
      unknown: [
        'CUSTOM policy default/ext asks the external authorizer opa',
        'rule 1 of DENY policy default/db: experimental.envoy.filters.network.mysql_proxy[db] is not known',
      ],
    })
  })
})

test.each<[string, string, boolean]>([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.1', '10.0.0.2', false],
  ['0.0.0.0/0', '1.2.3.4', true],
  ['fd00::/8', 'fd12:3::4', true],
  ['fd00::/8', '10.0.0.1', false],
])('address block %s and %s', (block, address, expected) => {
  expect(isInBlock(block, address)).toBe(expected)
})

test.each<[string, string, boolean]>([
  ['/a/{*}/c', '/a/b/c', true],
  ['/a/{*}/c', '/a/b/b/c', false],
  ['/a/{**}', '/a/b/c', true],
  ['*/info', '/x/info', true],
])('path template %s and %s', (pattern, path, expected) => {
  expect(matchesPath(pattern, path)).toBe(expected)
})

describe('mutual TLS', () => {
  const strict = peer('default', '{mtls: {mode: STRICT}}')
  const own = peer(
    'api',
    '{selector: {matchLabels: {app: api}}, mtls: {mode: UNSET}, portLevelMtls: {"9090": {mode: DISABLE}}}',
  )
  test.each<[string, string[], number | undefined, string]>([
    ['nothing said', [], 8080, 'PERMISSIVE'],
    ['the mesh', [peer('default', '{mtls: {mode: STRICT}}', 'istio-system')], 8080, 'STRICT'],
    [
      'the namespace over the mesh',
      [peer('default', '{mtls: {mode: STRICT}}', 'istio-system'), peer('default', '{mtls: {mode: DISABLE}}')],
      8080,
      'DISABLE',
    ],
    ['the workload inherits', [strict, own], 8080, 'STRICT'],
    ['the port', [strict, own], 9090, 'DISABLE'],
  ])('%s', (_name, objects, port, mode) => {
    expect(serverMode(meshOf(...objects), api, port)).toBe(mode)
  })

  test.each<[string, string[], string | undefined, string | undefined]>([
    ['nothing said', [], undefined, undefined],
    ['rule', [rule('api', '{host: api, trafficPolicy: {tls: {mode: SIMPLE}}}')], undefined, 'simple'],
    [
      'subset over rule',
      [
        rule(
          'api',
          '{host: api, trafficPolicy: {tls: {mode: SIMPLE}}, subsets: [{name: v2, trafficPolicy: {tls: {mode: DISABLE}}}]}',
        ),
      ],
      'v2',
      'none',
    ],
    [
      'port over all',
      [
        rule(
          'api',
          '{host: api, trafficPolicy: {tls: {mode: SIMPLE}, portLevelSettings: [{port: {number: 80}, tls: {mode: MUTUAL}}]}}',
        ),
      ],
      undefined,
      'mutual',
    ],
  ])('client: %s', (_name, objects, subset, expected) => {
    const caller = { namespace: 'default', labels: {} }
    expect(explicitTls(meshOf(service('api'), ...objects), caller, 'api', subset, 80)).toBe(expected)
  })
})

describe('traffic policy', () => {
  const tutorial = rule(
    'api',
    `{host: api, trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}, http: {http1MaxPendingRequests: 50, http2MaxRequests: 100, maxRequestsPerConnection: 2}},
      outlierDetection: {consecutiveErrors: 5, interval: 30s, baseEjectionTime: 30s, maxEjectionPercent: 50}},
      subsets: [{name: v2, labels: {version: v2}, trafficPolicy: {connectionPool: {tcp: {connectTimeout: 1.5s}}, loadBalancer: {consistentHash: {httpHeaderName: X-User}}}}]}`,
  )
  const mesh = meshOf(
    service('api'),
    tutorial,
    rule('wide', '{host: "*.default.svc.cluster.local", trafficPolicy: {loadBalancer: {simple: RANDOM}}}'),
    service('web'),
  )
  test('the tutorial’s circuit breaking', () => {
    expect(trafficPolicyFor(mesh, 'api', 80, undefined, 'default')).toEqual({
      connectionPool: {
        maxConnections: 100,
        http1MaxPendingRequests: 50,
        http2MaxRequests: 100,
        maxRequestsPerConnection: 2,
      },
      outlierDetection: {
        consecutive5xxErrors: 5,
        consecutiveGatewayErrors: 0,
        intervalMs: 30_000,
        baseEjectionTimeMs: 30_000,
        maxEjectionPercent: 50,
        minHealthPercent: 0,
      },
      loadBalancer: { algorithm: 'LEAST_REQUEST' },
    })
  })
  test('a subset replaces whole parts', () => {
    expect(trafficPolicyFor(mesh, 'api', 80, 'v2', 'default')).toMatchObject({
      connectionPool: { connectTimeoutMs: 1500 },
      outlierDetection: { maxEjectionPercent: 50 },
      loadBalancer: { algorithm: 'CONSISTENT_HASH', hash: { by: 'header', name: 'x-user' } },
    })
  })
  test('a wildcard rule', () => {
    expect(trafficPolicyFor(mesh, 'web', 80, undefined, 'default').loadBalancer.algorithm).toBe('RANDOM')
  })
  test('the caller’s namespace comes first', () => {
    const both = meshOf(
      service('api'),
      rule('own', '{host: api, trafficPolicy: {loadBalancer: {simple: RANDOM}}}'),
      rule(
        'theirs',
        '{host: api.default.svc.cluster.local, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}',
        'shop',
      ),
    )
    const of = (namespace: string): string =>
      trafficPolicyFor(both, 'api.default.svc.cluster.local', 80, undefined, namespace).loadBalancer.algorithm
    expect([of('shop'), of('default'), of('third')]).toEqual(['ROUND_ROBIN', 'RANDOM', 'RANDOM'])
  })
})

test('the ready pods of a subset', () => {
  const mesh = meshOf(
    service('api'),
    rule(
      'api',
      '{host: api, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}',
    ),
    pod('one', 'v1', '[]'),
    pod('two', 'v2', '[]'),
    pod('three', 'v2', '[]', false),
  )
  const names = (subset?: string): string[] => endpointsOf(mesh, 'api', subset).map(item => item.name)
  expect([names(), names('v2'), names('v3')]).toEqual([['one', 'two'], ['two'], []])
})
