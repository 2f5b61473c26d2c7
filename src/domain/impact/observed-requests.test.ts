import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { simulateMesh } from '../simulation/simulated-mesh.ts'
import type { Span, Trace } from '../traces/trace.ts'
import type { TrafficEdge } from '../traffic/traffic-snapshot.ts'
import { findEdgeDenial } from './edge-denial.ts'
import { objectsAfter } from './objects-after.ts'
import { observeRequests } from './observed-requests.ts'
import { findWhatChanges, type WhatChanges } from './what-changes.ts'

const read = (text: string): readonly KubernetesObject[] =>
  parseAllDocuments(text).map(document => document.toJS() as KubernetesObject)

const live = read(`
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: old, namespace: shop}, spec: {selector: {app: old}, ports: [{name: http, port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web-1, namespace: shop, uid: w, labels: {app: web}}, spec: {serviceAccountName: web, containers: [{name: app, ports: [{containerPort: 8080}]}, {name: istio-proxy}]}, status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: old-1, namespace: shop, uid: o, labels: {app: old}}, spec: {serviceAccountName: old, containers: [{name: app}, {name: istio-proxy}]}, status: {podIP: 10.0.0.2, conditions: [{type: Ready, status: 'True'}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: import-1, namespace: shop, uid: i, labels: {app: import}}, spec: {serviceAccountName: import, containers: [{name: app}]}, status: {podIP: 10.0.0.9}}
---
{apiVersion: v1, kind: Pod, metadata: {name: ingress-1, namespace: edge, uid: g, labels: {app: ingress, istio: ingressgateway}}, spec: {serviceAccountName: ingress, containers: [{name: istio-proxy}]}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: entry, namespace: shop}, spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: entry, namespace: shop, creationTimestamp: '2026-01-01T00:00:00Z'}, spec: {hosts: ['shop.example.com'], gateways: [entry], http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]}}
`)

const span = (id: string, tags: Record<string, string>, parentId?: string): Span => ({
  id,
  ...(parentId === undefined ? {} : { parentId }),
  service: 'x',
  operation: 'x',
  start: 0,
  duration: 1,
  processTags: [],
  logs: [],
  tags: Object.entries({ 'http.method': 'GET', ...tags }).map(([key, value]) => ({ key, value })),
})
const gatewaySpan = (id: string, url: string, cluster: string): Span =>
  span(id, {
    node_id: 'router~10.0.1.1~ingress-1.edge~edge.svc.cluster.local',
    'istio.canonical_service': 'ingress',
    'istio.namespace': 'edge',
    'span.kind': 'server',
    'http.url': url,
    'upstream_cluster.name': cluster,
  })
const inbound = (address: string, cluster = 'inbound|8080||', parentId?: string): Span =>
  span(
    'in',
    {
      node_id: 'sidecar~10.0.0.1~web-1.shop~shop.svc.cluster.local',
      'istio.canonical_service': 'web',
      'istio.namespace': 'shop',
      'span.kind': 'server',
      'http.url': 'http://web/stock',
      'http.method': 'POST',
      'upstream_cluster.name': cluster,
      'peer.address': address,
    },
    parentId,
  )
const traceOf = (...spans: Span[]): Trace => ({ id: 't', spans })
const WEB = 'outbound|80||web.shop.svc.cluster.local'

const edge = (source: string, target: string, rate: number, protocol = 'http'): TrafficEdge => ({
  id: `${source}>${target}`,
  source,
  target,
  protocol,
  requests: { rate, errorShare: 0, deniedShare: 0, p50: null, p95: null, p99: null },
  versions: [],
  codes: [],
  mutualTls: 'all',
})

function forecast(change: string, traces: readonly Trace[], edges: readonly TrafficEdge[]): WhatChanges {
  const after = objectsAfter(
    live,
    read(change).map(object => ({
      id: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name,
      },
      after: object,
    })),
  )
  const [before, next] = [simulateMesh(live), simulateMesh(after)]
  return findWhatChanges(before, next, observeRequests({ before, after: next, traces, edges, seconds: 300 }))
}

const strict =
  '{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: default, namespace: shop}, spec: {mtls: {mode: STRICT}}}'
const otherRoute =
  '{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: entry, namespace: shop}, spec: {hosts: [shop.example.com], gateways: [entry], http: [{route: [{destination: {host: old.shop.svc.cluster.local}}]}]}}'
const closed =
  '{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: closed, namespace: shop}, spec: {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {namespaces: [edge]}}]}]}}'

describe('every measured request is accounted for', () => {
  test.each<[string, string, readonly Trace[], readonly TrafficEdge[], object]>([
    [
      'through a gateway, whose Host is no Service',
      otherRoute,
      [traceOf(gatewaySpan('a', 'http://shop.example.com/', WEB))],
      [edge('edge/ingress', 'shop/web', 20)],
      { moved: [{ source: 'edge/ingress', rate: 20, movedRate: 20, isTraced: true }], failingRate: 0 },
    ],
    [
      'through a gateway that no trace tells of',
      otherRoute,
      [],
      [edge('edge/ingress', 'shop/web', 20)],
      { moved: [{ source: 'edge/ingress', rate: 20, movedRate: 20, isTraced: false }] },
    ],
    [
      'through a gateway that denies them already',
      otherRoute,
      [traceOf(gatewaySpan('a', 'http://shop.example.com/', '-'))],
      [edge('edge/ingress', 'shop/web', 20)],
      { moved: [{ rate: 20 }] },
    ],
    [
      'of a caller without a proxy, by its address',
      strict,
      [traceOf(inbound('10.0.0.9'))],
      [edge('/unknown', 'shop/web', 3.4)],
      {
        failingRate: 3.4,
        moved: [
          {
            source: 'shop/import',
            hasProxy: false,
            requests: ['POST /stock'],
            rate: 3.4,
            failure: { reason: 'mtls-error', by: { kind: 'PeerAuthentication', name: 'default' } },
          },
        ],
      },
    ],
    [
      'of a caller without a proxy that nothing names',
      strict,
      [],
      [edge('/unknown', 'shop/web', 3.4)],
      { failingRate: 3.4, moved: [{ source: '/unknown', hasProxy: false, rate: 3.4 }] },
    ],
    [
      'a caller with a proxy is not cut off',
      strict,
      [],
      [edge('shop/old', 'shop/web', 5)],
      { failingRate: 0, moved: [], sameRate: 5 },
    ],
    [
      'a span that came in from a proxy is that proxy’s own request',
      strict,
      [traceOf(inbound('10.0.0.2'))],
      [edge('shop/old', 'shop/web', 5)],
      { moved: [], sameRate: 5 },
    ],
    [
      'denied by a new policy',
      closed,
      [traceOf(inbound('10.0.0.9'))],
      [edge('/unknown', 'shop/web', 2), edge('edge/ingress', 'shop/web', 7)],
      {
        failingRate: 2,
        sameRate: 7,
        moved: [{ failure: { status: 403, by: { kind: 'AuthorizationPolicy', name: 'closed' } } }],
      },
    ],
    [
      'a caller without a pod that a policy may know or not',
      closed,
      [],
      [edge('shop/gone', 'shop/web', 2)],
      { undecidedRate: 2, failingRate: 0 },
    ],
    [
      'to what is no service, and what is not HTTP',
      strict,
      [],
      [edge('shop/old', '/api.example.org', 1), edge('shop/old', 'shop/web', 2, 'tcp')],
      {
        undecidedRate: 3,
        undecidable: [
          { target: '/api.example.org', rate: 1, reason: 'no-service' },
          { target: 'shop/web', rate: 2, reason: 'not-http' },
        ],
      },
    ],
    [
      'a rule for a path that no trace tells of',
      '{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web, namespace: shop}, spec: {hosts: [web.shop.svc.cluster.local], http: [{match: [{uri: {prefix: /admin}}], fault: {abort: {httpStatus: 503, percentage: {value: 100}}}, route: [{destination: {host: web.shop.svc.cluster.local}}]}, {route: [{destination: {host: web.shop.svc.cluster.local}}]}]}}',
      [],
      [edge('shop/old', 'shop/web', 5)],
      {
        undecidedRate: 5,
        undecided: [{ forms: [{ isChanged: false }, { request: 'GET /admin', isChanged: true }] }],
      },
    ],
    [
      'a fault for a part of them',
      '{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web, namespace: shop}, spec: {hosts: [web.shop.svc.cluster.local], http: [{fault: {abort: {httpStatus: 503, percentage: {value: 25}}}, route: [{destination: {host: web.shop.svc.cluster.local}}]}]}}',
      [],
      [edge('shop/old', 'shop/web', 8)],
      { failingRate: 2, moved: [{ failure: { status: 503, reason: 'fault' } }] },
    ],
    [
      'a destination that does not exist',
      '{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web, namespace: shop}, spec: {hosts: [web.shop.svc.cluster.local], http: [{route: [{destination: {host: nowhere, subset: v7}}]}]}}',
      [],
      [edge('shop/old', 'shop/web', 8)],
      {
        failingRate: 8,
        moved: [{ failure: { status: 503, reason: 'no-destination', by: { name: 'web' } } }],
      },
    ],
  ])('%s', (_name, change, traces, edges, expected) => {
    const changes = forecast(change, traces, edges)
    expect(changes).toMatchObject(expected)
    const measured = edges.reduce((sum, { requests }) => sum + requests.rate, 0)
    const { moved, handled, sameRate, undecidedRate, observedRate } = changes
    const told = [...moved, ...handled].reduce((sum, { rate }) => sum + rate, 0) + sameRate + undecidedRate
    expect(observedRate).toBeCloseTo(measured)
    expect(told).toBeCloseTo(measured)
  })

  test('traces that no proxy counted keep the rate of the traces, and it is said', () => {
    const { moved, unknown } = forecast(
      otherRoute,
      [traceOf(gatewaySpan('a', 'http://shop.example.com/', WEB))],
      [],
    )
    expect(moved[0]?.rate).toBeCloseTo(1 / 300)
    expect(unknown).toHaveLength(1)
  })
})

describe('what denies the requests of an edge', () => {
  const token =
    '{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: jwt, namespace: shop}, spec: {jwtRules: [{issuer: me, jwks: x}]}}'
  const noAdmin =
    '{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: no-admin, namespace: shop}, spec: {action: DENY, rules: [{to: [{operation: {paths: [/admin*]}}]}]}}'
  test.each([
    [
      'a policy',
      closed,
      'shop/old',
      { isForAll: true, policies: [{ kind: 'AuthorizationPolicy', name: 'closed' }] },
    ],
    ['a policy that admits the caller', closed, 'edge/ingress', { isForAll: false, policies: [] }],
    [
      'STRICT',
      strict,
      '/unknown',
      { isForAll: true, policies: [{ kind: 'PeerAuthentication', name: 'default' }] },
    ],
    ['STRICT, to a caller with a proxy', strict, 'shop/old', { isForAll: false, policies: [] }],
    ['a policy for some paths', noAdmin, 'shop/old', { isForAll: false, policies: [{ name: 'no-admin' }] }],
    [
      'a token',
      token,
      'shop/old',
      { isForAll: false, policies: [{ kind: 'RequestAuthentication', name: 'jwt' }] },
    ],
  ])('%s', (_name, policy, source, expected) => {
    const found = findEdgeDenial(simulateMesh([...live, ...read(policy)]), edge(source, 'shop/web', 1))
    expect(found).toMatchObject(expected)
    expect(found?.policies).toHaveLength(expected.policies.length)
  })

  test('a callee that is no service cannot be decided', () => {
    expect(findEdgeDenial(simulateMesh(live), edge('shop/old', '/gone', 1))).toBeUndefined()
  })
})
