import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { buildMesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { decide } from '../routing/route/resolve.ts'

const world = `
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.0.0.1, ports: [{port: 80, name: http}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: edge, namespace: shop},
 spec: {gatewayClassName: istio, listeners: [
  {name: any, port: 80, protocol: HTTP, hostname: a.com, allowedRoutes: {namespaces: {from: All}}}]}}`

const route = (name: string, namespace: string, rule: string): string => `
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: ${name}, namespace: ${namespace}},
 spec: {parentRefs: [{name: edge, namespace: shop}], rules: [{${rule}}]}}`
const named = (name: string, hostnames: string, rule: string): string =>
  route(name, 'shop', rule).replace('rules:', `hostnames: [${hostnames}], rules:`)
const calls = (mirrored: string): string =>
  route(
    'a',
    'shop',
    `filters: [{type: RequestMirror, requestMirror: {backendRef: ${mirrored}}}], ${backend}`,
  ).replace('HTTPRoute', 'GRPCRoute')
const external = '{group: networking.istio.io, kind: Hostname, name: ext.com, port: 80}'
const entry = (namespace: string): string => `
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: ext, namespace: ${namespace}},
 spec: {hosts: [ext.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}}`
const backend = 'backendRefs: [{name: web, namespace: shop, port: 80}]'

// Each row is what the real istiod and Envoy did (found by fuzz/routing), or the specification: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
const rows: [name: string, routes: string[], path: string, expected: string][] = [
  [
    'routes of one age: the namespace decides before the name',
    [route('a', 'z', backend), route('b', 'shop', backend)],
    '/',
    'forwarded b 0 /',
  ],
  [
    'one listener’s name under the wildcards of two routes: the shorter wildcard comes first',
    [named('a', '"*.com"', backend), route('b', 'shop', backend)],
    '/',
    'forwarded b 0 /',
  ],
  [
    'an exact path comes before a prefix',
    [
      route(
        'a',
        'shop',
        `{matches: [{path: {value: /x}}], ${backend}}, {matches: [{path: {type: Exact, value: /x}}], ${backend}}`.replace(
          /^\{|\}$/g,
          '',
        ),
      ),
    ],
    '/x',
    'forwarded a 1 /x',
  ],
  [
    'a prefix ends at a slash',
    [route('a', 'shop', `matches: [{path: {value: /x}}], ${backend}`)],
    '/xy',
    'rejected 404 /xy',
  ],
  [
    'a prefix is taken away',
    [
      route(
        'a',
        'shop',
        `matches: [{path: {value: /x}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}], ${backend}`,
      ),
    ],
    '/x/y',
    'forwarded a 0 /y',
  ],
  [
    'no backend: 500',
    [route('a', 'shop', 'matches: [{path: {value: /}}]')],
    '/',
    'direct-response a 0 500 /',
  ],
  [
    'a backend that is not there: 500',
    [route('a', 'shop', 'backendRefs: [{name: none, port: 80}]')],
    '/',
    'rejected a 0 500 /',
  ],
  [
    'a GRPCRoute mirrors to a host of its namespace’s ServiceEntry',
    [calls(external), entry('shop')],
    '/',
    'forwarded a 0 /',
  ],
  [
    'a host of another namespace’s ServiceEntry is not found, and the GRPCRoute has no rules',
    [calls(external), entry('other')],
    '/',
    'rejected 404 /',
  ],
  ['a backend elsewhere without a grant: 500', [route('a', 'other', backend)], '/', 'rejected a 0 500 /'],
]

test.each(rows)('%s', (_name, routes, path, expected) => {
  const objects = parseAllDocuments([world, ...routes].join('\n---\n')).map(
    document => document.toJS() as KubernetesObject,
  )
  const decision = decide(buildMesh(objects), {
    from: {
      kind: 'gateway',
      namespace: 'shop',
      labels: { 'gateway.networking.k8s.io/gateway-name': 'edge' },
    },
    scheme: 'http',
    method: 'GET',
    host: 'a.com',
    port: 80,
    path,
    headers: {},
    tls: 'none',
  })
  const { outcome, status, route: taken, request } = decision
  const words = [outcome, taken?.name, taken?.rule, status, request.path]
  expect(words.filter(word => word !== undefined).join(' ')).toBe(expected)
})

test('a TLSRoute’s backend that may not be used is istiod’s cluster of unknown services', () => {
  const objects = parseAllDocuments(
    `${world.replace(/\{name: any, .*/, '{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}, allowedRoutes: {namespaces: {from: All}}}]}}')}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: TLSRoute, metadata: {name: a, namespace: other},
 spec: {parentRefs: [{name: edge, namespace: shop}], hostnames: [a.com], rules: [{${backend}}]}}`,
  ).map(document => document.toJS() as KubernetesObject)
  const { outcome, reason, destinations } = decide(buildMesh(objects), {
    from: {
      kind: 'gateway',
      namespace: 'shop',
      labels: { 'gateway.networking.k8s.io/gateway-name': 'edge' },
    },
    scheme: 'https',
    method: 'GET',
    host: 'a.com',
    port: 443,
    path: '/',
    headers: {},
    tls: 'simple',
  })
  expect([outcome, reason, ...destinations.map(({ cluster }) => cluster)]).toEqual([
    'rejected',
    'no-destination',
    'UnknownService',
  ])
})

test.each<[string, string, Readonly<Record<string, string>>, string]>([
  [
    'a preflight',
    'OPTIONS',
    { origin: 'http://bad', 'access-control-request-method': 'GET' },
    'direct-response',
  ],
  ['OPTIONS that is no preflight', 'OPTIONS', { origin: 'http://bad' }, 'forwarded'],
  ['another method', 'GET', { origin: 'http://bad', 'access-control-request-method': 'GET' }, 'forwarded'],
])('with a CORS filter, %s', (_name, method, headers, outcome) => {
  const filters = 'filters: [{type: CORS, cors: {allowOrigins: ["http://ok"]}}]'
  const text = `${world}\n---${route('a', 'shop', `${filters}, ${backend}`)}`
  const objects = parseAllDocuments(text).map(document => document.toJS() as KubernetesObject)
  const from = {
    kind: 'gateway',
    namespace: 'shop',
    labels: { 'gateway.networking.k8s.io/gateway-name': 'edge' },
  } as const
  const request = {
    from,
    scheme: 'http',
    method,
    host: 'a.com',
    port: 80,
    path: '/',
    headers,
    tls: 'none',
  } as const
  expect(decide(buildMesh(objects), request).outcome).toBe(outcome)
})
