import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { simulateMesh } from '../simulation/simulated-mesh.ts'
import type { Span, Trace } from '../traces/trace.ts'
import type { TrafficEdge } from '../traffic/traffic-snapshot.ts'
import { objectsAfter } from './objects-after.ts'
import { observeRequests } from './observed-requests.ts'
import { findWhatChanges } from './what-changes.ts'

const service = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ name: 'http', port: 80 }], selector: { app: name } },
})
const frontend: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'frontend-1', namespace: 'default', labels: { app: 'frontend' } },
  spec: { serviceAccountName: 'frontend', containers: [{ name: 'app' }, { name: 'istio-proxy' }] },
}
const rule: KubernetesObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'myapp', namespace: 'default' },
  spec: {
    host: 'myapp',
    subsets: ['v1', 'v2'].map(version => ({ name: version, labels: { version } })),
  },
}
const beta = {
  match: [{ headers: { 'user-type': { exact: 'beta' } } }],
  route: [{ destination: { host: 'myapp', subset: 'v2' } }],
}
const canary = (
  v1: number,
  more: Record<string, unknown> = {},
  first: readonly unknown[] = [beta],
): KubernetesObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'myapp', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    hosts: ['myapp'],
    http: [
      ...first,
      {
        ...more,
        route: [
          { destination: { host: 'myapp', subset: 'v1' }, weight: v1 },
          { destination: { host: 'myapp', subset: 'v2' }, weight: 100 - v1 },
        ],
      },
    ],
  },
})

const span = (url: string, tags: Record<string, string> = {}, more: Partial<Span> = {}): Span => ({
  id: 'a',
  service: 'frontend.default',
  operation: 'myapp:80/*',
  start: 0,
  duration: 1,
  processTags: [],
  logs: [],
  tags: Object.entries({
    node_id: 'sidecar~10.0.0.1~frontend-1.default~default.svc.cluster.local',
    'istio.canonical_service': 'frontend',
    'istio.namespace': 'default',
    'span.kind': 'client',
    'http.url': url,
    'http.method': 'GET',
    'upstream_cluster.name': 'outbound|80|v1|myapp.default.svc.cluster.local',
    ...tags,
  }).map(([key, value]) => ({ key, value })),
  ...more,
})
const trace = (...spans: Span[]): Trace => ({ id: 't', spans })
const figures = { rate: 10, errorShare: 0, deniedShare: 0, p50: null, p95: null, p99: null }
const edge = (target: string, rate: number): TrafficEdge => ({
  id: `default/frontend>default/${target}`,
  source: 'default/frontend',
  target: `default/${target}`,
  protocol: 'http',
  requests: { ...figures, rate },
  versions: [],
  codes: [],
  mutualTls: 'all',
})

const live = [service('myapp'), service('other'), frontend, rule, canary(90)]

function compare(
  change: KubernetesObject | undefined,
  traces: readonly Trace[],
  edges: readonly TrafficEdge[],
) {
  const id = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    namespace: 'default',
    name: 'myapp',
  }
  const after = objectsAfter(live, [{ id, after: change }])
  const [before, next] = [simulateMesh(live), simulateMesh(after)]
  return findWhatChanges(before, next, observeRequests({ before, after: next, traces, edges, seconds: 300 }))
}

describe('what changes', () => {
  test('moved weights move their share of the measured rate; what a header decides stays', () => {
    const traces = [
      trace(span('http://myapp/orders'), span('http://myapp/orders'), span('http://myapp/users')),
      trace(span('http://myapp/orders', { 'user-type': 'beta' })),
    ]
    const { moved, handled, sameRate, unknown } = compare(canary(50), traces, [edge('myapp', 8)])
    expect(moved).toEqual([
      {
        source: 'default/frontend',
        host: 'myapp',
        requests: ['GET /orders', 'GET /users'],
        headers: [],
        isTraced: true,
        hasProxy: true,
        rate: 6,
        movedRate: expect.closeTo(2.4) as number,
        failingRate: 0,
        from: 'myapp v1 90 % · myapp v2 10 %',
        to: 'myapp v1 50 % · myapp v2 50 %',
        handling: [],
      },
    ])
    expect(handled).toEqual([])
    expect(sameRate).toBeCloseTo(2)
    expect(unknown).toEqual([])
  })

  test('a header that no span records leaves undecided what it decides', () => {
    const { moved, undecided, sameRate, undecidedRate, observedRate } = compare(
      canary(50),
      [trace(span('http://myapp/orders'))],
      [edge('myapp', 8)],
    )
    expect([moved, sameRate, undecidedRate, observedRate]).toEqual([[], 0, 8, 8])
    expect(undecided).toMatchObject([
      {
        hiddenHeaders: ['user-type'],
        forms: [
          { request: 'GET /orders', isChanged: true },
          { request: 'GET /orders, user-type: beta', isChanged: false },
        ],
      },
    ])
  })

  test.each([
    ['a rule is removed', canary(90, {}, []), 'myapp v2 100 %', 'myapp v1 90 % · myapp v2 10 %', 0.9],
    ['the object is removed', undefined, 'myapp v2 100 %', 'myapp 100 %', 1],
    [
      'a redirect comes first',
      canary(90, {}, [{ match: [{ uri: { prefix: '/orders' } }], redirect: { uri: '/new' } }, beta]),
      'myapp v2 100 %',
      'redirected with 301 to http://myapp/new',
      1,
    ],
  ])('beta users, when %s', (_, change, from, to, share) => {
    const { moved } = compare(
      change,
      [trace(span('http://myapp/orders', { 'user-type': 'beta' }))],
      [edge('myapp', 5)],
    )
    expect(moved).toMatchObject([{ from, to, headers: ['user-type: beta'], rate: 5 }])
    expect(moved[0]?.movedRate).toBeCloseTo(5 * share)
  })

  test('a timeout, a fault and retries change the handling, not the way', () => {
    const fault = { delay: { percentage: { value: 10 }, fixedDelay: '5s' } }
    const change = canary(90, { timeout: '2s', fault, retries: { attempts: 3, perTryTimeout: '1s' } })
    const { moved, handled } = compare(
      change,
      [
        trace(span('http://myapp/')),
        trace(
          span('http://other/', {
            'user-type': 'beta',
            'upstream_cluster.name': 'outbound|80||other.default.svc.cluster.local',
          }),
        ),
      ],
      [edge('myapp', 3)],
    )
    expect(moved).toEqual([])
    expect(handled).toMatchObject([{ rate: 3, movedRate: 0, from: 'myapp v1 90 % · myapp v2 10 %' }])
    const [{ handling } = { handling: [] }] = handled
    expect(handling).toContain('timeout none → 2s')
    expect(handling).toContain('delay none → 5s for 10 %')
    expect(handling.find(words => words.startsWith('retries'))).toMatch(/→ 3, 1s each/)
  })

  test('traffic without traces is decided by examples of every condition, and left undecided where these differ', () => {
    const edges = [edge('myapp', 4), edge('other', 2)]
    const { moved, undecided, sameRate, unknown } = compare(canary(50), [], edges)
    expect(moved).toEqual([])
    expect(undecided).toMatchObject([{ host: 'myapp.default.svc.cluster.local', rate: 4 }])
    expect(sameRate).toBe(2)
    expect(unknown).toHaveLength(1)
    const all = compare(canary(50, {}, []), [], edges)
    expect(all.undecided).toHaveLength(1)
    const redirect = { match: [{ uri: { prefix: '/' } }], redirect: { uri: '/new' } }
    expect(compare(canary(90, {}, [redirect]), [], edges).undecided).toHaveLength(1)
    expect(compare(undefined, [], [edge('other', 2)]).sameRate).toBe(2)
  })

  test('a proxy that writes two spans for a request counts once; spans that came in do not count', () => {
    const first = span('http://myapp/', { 'guid:x-request-id': '1' })
    const second = span('http://myapp/', { 'guid:x-request-id': '1' }, { id: 'b', parentId: 'a' })
    const inbound = span(
      'http://myapp/',
      { 'upstream_cluster.name': 'inbound|8080||' },
      { id: 'c', parentId: 'b' },
    )
    const { undecidedRate, unknown } = compare(canary(50), [trace(first, second, inbound)], [])
    expect(undecidedRate).toBeCloseTo(1 / 300)
    expect(unknown).toHaveLength(1)
  })

  test('nothing seen is nothing moved', () => {
    expect(compare(canary(50), [], [])).toMatchObject({
      moved: [],
      handled: [],
      sameRate: 0,
      undecidedRate: 0,
      observedRate: 0,
      unknown: [],
    })
  })
})
