import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { collections } from './collections.ts'
import type { TestWorld } from './world-fixture.ts'
import {
  apply,
  countDuring,
  get,
  pass,
  pods,
  scaled,
  shareOf,
  startTestWorld,
  tracesWith,
} from './world-fixture.ts'

let store: TestWorld['store']
let stop: () => void

beforeEach(() => {
  ;({ store, stop } = startTestWorld(vi))
})

afterEach(() => stop())

describe('the traffic', () => {
  test('splits by weight, and about one request in ten is of a beta user', async () => {
    const counts = await countDuring(40, 'frontend', 'myapp', ['destination_version'])
    // 90/10 for all but the few beta users, who go to v2.
    expect(shareOf(counts, 'v1')).toBeGreaterThan(0.81)
    expect(shareOf(counts, 'v1')).toBeLessThan(0.9)
    const visitors = await tracesWith({}, 'istio-ingressgateway.istio-system')
    const beta = visitors.filter(spans => spans.some(span => span['user-type'] === 'beta')).length
    expect(beta / visitors.length).toBeGreaterThan(0.04)
    expect(beta / visitors.length).toBeLessThan(0.2)
  })

  test('follows a changed weight with the next request', async () => {
    apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: myapp }
spec:
  hosts: [myapp]
  http:
    - route:
        - { destination: { host: myapp, subset: v1 }, weight: 70 }
        - { destination: { host: myapp, subset: v2 }, weight: 30 }
`)
    const counts = await countDuring(5, 'frontend', 'myapp', ['destination_version'])
    expect(shareOf(counts, 'v1')).toBeCloseTo(0.7, 1)
  })

  test('sends beta users to v2 alone', async () => {
    await pass(20)
    const traces = await tracesWith({ 'user-type': 'beta' })
    const clusters = traces
      .flat()
      .flatMap(span => (span['span.kind'] === 'client' ? [span['upstream_cluster'] ?? ''] : []))
    const myapp = clusters.filter(cluster => cluster.includes('myapp'))
    expect(myapp.length).toBeGreaterThan(5)
    expect(new Set(myapp)).toEqual(new Set(['outbound|80|v2|myapp.default.svc.cluster.local']))
  })

  test.each([
    ['an abort', 'abort: { percentage: { value: 30 }, httpStatus: 418 }', '418 FI', 0.3],
    ['a delay', 'delay: { percentage: { value: 50 }, fixedDelay: 20ms }', '200 DI', 0.49],
  ])('shows %s in its share', async (_name, fault, key, share) => {
    apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: myapp }
spec:
  hosts: [myapp]
  http:
    - fault: { ${fault} }
      route: [{ destination: { host: myapp } }]
`)
    const counts = await countDuring(20, 'frontend', 'myapp', ['response_code', 'response_flags'])
    expect(Math.abs(shareOf(counts, key) - share)).toBeLessThan(0.05)
  })

  test('ends a request that takes longer than the timeout', async () => {
    apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: myapp }
spec:
  hosts: [myapp]
  http:
    - timeout: 1ms
      route: [{ destination: { host: myapp } }]
`)
    const by = ['response_code', 'response_flags']
    expect(shareOf(await countDuring(5, 'frontend', 'myapp', by), '504 UT')).toBeGreaterThan(0.9)
    expect((await countDuring(5, 'myapp', 'myapp', by, 'destination'))['0 DC']).toBeGreaterThan(50)
  })

  test('answers 503 UH where a subset has no pods', async () => {
    store.update(collections.deployments, scaled('myapp-v2', 0))
    await pass(5)
    const counts = await countDuring(10, 'frontend', 'myapp', ['response_code', 'response_flags'])
    expect(shareOf(counts, '503 UH')).toBeGreaterThan(0.08)
  })
})

describe('policies', () => {
  test('plain requests are let in, until STRICT refuses them', async () => {
    const by = ['connection_security_policy']
    const before = await countDuring(20, 'catalog', 'catalog', by, 'destination', 'shop')
    expect(before['none']).toBeGreaterThan(5)
    expect(before['mutual_tls']).toBeGreaterThan(20)
    apply(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: shop }
spec: { mtls: { mode: STRICT } }
`)
    await pass(1)
    const after = await countDuring(20, 'catalog', 'catalog', by, 'destination', 'shop')
    expect(after['none']).toBe(0)
    expect(after['mutual_tls']).toBeGreaterThan(20)
  })

  test('the tutorial’s policy lets the frontend in and nobody else', async () => {
    apply(`
apiVersion: security.istio.io/v1beta1
kind: AuthorizationPolicy
metadata: { name: api-policy }
spec:
  selector: { matchLabels: { app: api } }
  rules:
    - from: [{ source: { principals: ["cluster.local/ns/default/sa/frontend"] } }]
      to: [{ operation: { methods: [GET, POST] } }]
`)
    await pass(1)
    const by = ['source_app', 'response_code']
    const counts = await countDuring(10, 'api', 'api', by, 'destination')
    expect(counts['istio-ingressgateway 403']).toBeGreaterThan(20)
    expect(counts['frontend 200']).toBeGreaterThan(100)
    expect(counts['frontend 403'] ?? 0).toBe(0)
    expect(await get(pods('istio-ingress', 'istio-system')[0]!, 8080, '/api/x')).toBe(
      '403 RBAC: access denied',
    )
  })

  test('a circuit breaker trips where the pool is too small', async () => {
    apply(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: api }
spec:
  host: api
  trafficPolicy:
    connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1, maxRequestsPerConnection: 1 } }
`)
    const counts = await countDuring(20, 'frontend', 'api', ['response_code', 'response_flags'])
    expect(counts['503 UO']).toBeGreaterThan(3)
    expect(counts['200 -']).toBeGreaterThan(100)
  })
})
