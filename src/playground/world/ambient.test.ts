import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fieldsOf, listOf } from '../../domain/istio/fields/read-fields.ts'
import { collections } from './collections.ts'
import type { TestWorld } from './world-fixture.ts'
import { apply, count, get, label, minus, pass, pods, shareOf, startTestWorld } from './world-fixture.ts'

// The shop's pods have no sidecars here: its namespace is in ambient mode from the start.
const TCP = 'istio_tcp_connections_opened_total'

let store: TestWorld['store']
let stop: () => void

beforeEach(async () => {
  ;({ store, stop } = startTestWorld(vi))
  label(collections.namespaces, undefined, 'shop', {
    'istio-injection': undefined,
    'istio.io/dataplane-mode': 'ambient',
  })
  for (const pod of pods('', 'shop')) store.remove(collections.pods, 'shop', pod.metadata.name)
  await pass(5)
})

afterEach(() => stop())

const ztunnel = () => pods('ztunnel', 'istio-system')
const waypoints = () => pods('waypoint', 'shop')

async function during(
  seconds: number,
  from: () => ReturnType<typeof pods>,
  wanted: Record<string, string>,
  by: readonly string[],
  metric?: string,
): Promise<Record<string, number>> {
  const before = await count(from(), wanted, by, metric)
  await pass(seconds)
  return minus(await count(from(), wanted, by, metric), before)
}

const WAYPOINT = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: waypoint
  namespace: shop
  labels: {istio.io/waypoint-for: service}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
`

async function useWaypoint(): Promise<void> {
  apply(WAYPOINT)
  label(collections.namespaces, undefined, 'shop', { 'istio.io/use-waypoint': 'waypoint' })
  await pass(5)
}

describe('ztunnel', () => {
  test('takes the connections of pods as they run, and reports connections, not requests', async () => {
    expect(pods('catalog', 'shop').map(({ metadata }) => metadata.annotations)).toEqual(
      pods('catalog', 'shop').map(
        () => expect.objectContaining({ 'ambient.istio.io/redirection': 'enabled' }) as unknown,
      ),
    )
    const wanted = { reporter: 'source', source_app: 'web', destination_service_name: 'catalog' }
    const counts = await during(5, ztunnel, wanted, ['connection_security_policy'], TCP)
    expect(counts['mutual_tls']).toBeGreaterThan(5)
    const arrived = { reporter: 'destination', destination_service_name: 'catalog' }
    const by = ['source_app', 'connection_security_policy']
    const seen = await during(5, ztunnel, arrived, by, TCP)
    expect(seen['web mutual_tls']).toBeGreaterThan(5)
    expect(await count(ztunnel(), {}, ['reporter'])).toEqual({})
  })

  test('STRICT turns away what comes without a proxy, and nothing else', async () => {
    label(collections.pods, 'shop', pods('stock-import', 'shop')[0]?.metadata.name ?? '', {
      'istio.io/dataplane-mode': 'none',
    })
    await pass(1)
    apply(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
`)
    const log = pods('stock-import', 'shop')[0]
    expect(log?.metadata.annotations?.['ambient.istio.io/redirection']).toBeUndefined()
    const wanted = { reporter: 'destination', destination_service_name: 'catalog' }
    const sent = await during(
      5,
      ztunnel,
      wanted,
      ['source_app', 'connection_security_policy'],
      'istio_tcp_sent_bytes_total',
    )
    expect(sent['stock-import none']).toBe(0)
    expect(sent['web mutual_tls']).toBeGreaterThan(1000)
  })

  test('a policy without HTTP is enforced there, and the caller is closed out', async () => {
    const [caller] = pods('web', 'shop')
    expect(await get(caller!, 8080, '/')).toMatch(/^200 /)
    apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nobody, namespace: shop}
spec:
  selector: {matchLabels: {app: catalog}}
  action: DENY
  rules: [{from: [{source: {principals: ["cluster.local/ns/shop/sa/web"]}}]}]
`)
    await pass(1)
    expect(await get(caller!, 8080, '/')).not.toMatch(/^200 /)
  })

  test('the label taken away lets the pods go without a restart', async () => {
    label(collections.namespaces, undefined, 'shop', { 'istio.io/dataplane-mode': undefined })
    await pass(1)
    for (const { metadata } of pods('catalog', 'shop'))
      expect(metadata.annotations?.['ambient.istio.io/redirection']).toBeUndefined()
    const wanted = { destination_service_name: 'catalog', reporter: 'source' }
    const counts = await during(3, ztunnel, wanted, ['source_app'], TCP)
    expect(counts['web'] ?? 0).toBe(0)
  })
})

describe('a waypoint', () => {
  test('gets its Deployment, Service and address, and requests go through it', async () => {
    await useWaypoint()
    expect(waypoints()).toHaveLength(1)
    const gateway = store.get(collections.gatewayApiGateways, 'shop', 'waypoint')
    expect(listOf(fieldsOf(gateway?.status)['addresses'])).toHaveLength(1)
    const wanted = { reporter: 'waypoint', source_app: 'web', destination_service_name: 'catalog' }
    const counts = await during(10, waypoints, wanted, ['destination_version', 'response_code'])
    expect(counts['v1 200']).toBeGreaterThan(20)
    const carried = { reporter: 'source', source_app: 'web', destination_service_name: 'catalog' }
    const seen = await during(3, ztunnel, carried, ['destination_workload'], TCP)
    expect(seen['waypoint']).toBeGreaterThan(3)
  })

  test('follows an HTTPRoute of the Service, 70 to 30', async () => {
    await useWaypoint()
    for (const version of ['v1', 'v2'])
      apply(`
apiVersion: v1
kind: Service
metadata: {name: catalog-${version}, namespace: shop}
spec:
  selector: {app: catalog, version: ${version}}
  ports: [{name: http, port: 80, targetPort: 8080}]
`)
    store.remove({ group: 'networking.istio.io', plural: 'virtualservices' }, 'shop', 'catalog')
    apply(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: catalog, namespace: shop}
spec:
  parentRefs: [{group: '', kind: Service, name: catalog, port: 80}]
  rules:
  - backendRefs:
    - {name: catalog-v1, port: 80, weight: 70}
    - {name: catalog-v2, port: 80, weight: 30}
`)
    await pass(2)
    const wanted = { reporter: 'waypoint', source_app: 'web' }
    const counts = await during(20, waypoints, wanted, ['destination_version'])
    expect(shareOf(counts, 'v1')).toBeGreaterThan(0.65)
    expect(shareOf(counts, 'v1')).toBeLessThan(0.75)
  })

  test('its policies read requests: 403 for what they do not let in', async () => {
    await useWaypoint()
    apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: reads-only, namespace: shop}
spec:
  targetRefs: [{kind: Service, group: '', name: catalog}]
  action: DENY
  rules: [{to: [{operation: {methods: [POST]}}]}]
`)
    await pass(1)
    const wanted = { reporter: 'waypoint', destination_service_name: 'catalog' }
    const counts = await during(10, waypoints, wanted, ['source_app', 'response_code'])
    expect(counts['stock-import 403']).toBeGreaterThan(5)
    expect(counts['stock-import 200'] ?? 0).toBe(0)
    expect(counts['web 403'] ?? 0).toBe(0)
    expect(counts['web 200']).toBeGreaterThan(20)
  })

  test('without a pod nothing gets through, and with one again it does', async () => {
    await useWaypoint()
    const scale = (replicas: number): void => {
      const deployment = store.get(collections.deployments, 'shop', 'waypoint')
      if (deployment === undefined) throw new Error('no waypoint')
      store.update(collections.deployments, {
        ...deployment,
        spec: { ...fieldsOf(deployment.spec), replicas },
      })
    }
    const [caller] = pods('web', 'shop')
    scale(0)
    await pass(3)
    expect(await get(caller!, 8080, '/')).not.toMatch(/^200 /)
    scale(1)
    await pass(4)
    expect(await get(caller!, 8080, '/')).toMatch(/^200 /)
  })
})
