import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { meshKindOf } from '../../domain/mesh/mesh-kinds.ts'
import { fieldsOf, listOf } from '../../domain/mesh/read-fields.ts'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import { groupOf } from '../../domain/resources/kubernetes-object.ts'
import { MemoryStore } from '../api/memory-store.ts'
import { collections } from './collections.ts'
import { firstObjects } from './first-objects.ts'
import type { World } from './start-world.ts'
import { startWorld } from './start-world.ts'

const resources = join(import.meta.dirname, '../../../resources')

const collectionOf = ({ apiVersion, kind }: KubernetesObject) => {
  const group = groupOf(apiVersion)
  return { group, plural: meshKindOf(group, kind)?.plural ?? `${kind.toLowerCase()}s` }
}

/** mulberry32: chance that is the same in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

let store: MemoryStore
let world: World

beforeEach(() => {
  vi.useFakeTimers({
    now: Date.parse('2026-01-02T03:04:05Z'),
    toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'],
  })
  store = new MemoryStore()
  for (const object of firstObjects(resources)) store.create(collectionOf(object), object)
  world = startWorld({ store, random: seeded(7) })
})

afterEach(() => {
  world.stop()
  vi.useRealTimers()
})

const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1000)

const pods = (prefix = '', namespace = 'default'): readonly KubernetesObject[] =>
  store.list(collections.pods, namespace).filter(pod => pod.metadata.name.startsWith(prefix))

/** Creates what the YAML says, or replaces it. */
function apply(text: string): void {
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as KubernetesObject
    const { name, namespace = 'default' } = object.metadata
    const collection = collectionOf(object)
    const existing = store.get(collection, namespace, name)
    if (existing) store.update(collection, { ...existing, spec: object.spec })
    else store.create(collection, { ...object, metadata: { ...object.metadata, namespace } })
  }
}

async function get(pod: KubernetesObject, port: number, path: string, headers = {}): Promise<string> {
  const connection = world.workloads.connect(pod, port)
  if (connection === undefined) throw new Error(`nothing listens on ${port}`)
  const answer = new Promise<string>((resolve, reject) => {
    const sent = request({ createConnection: () => connection, path, headers }, response => {
      let body = ''
      response.on('data', part => (body += String(part)))
      response.on('end', () => resolve(`${response.statusCode ?? 0} ${body}`))
    })
    sent.on('error', reject)
    sent.end()
  })
  // The answer comes when its simulated time has passed; the streams need real turns of the event loop.
  const turn = async (): Promise<undefined> => {
    await new Promise(resolve => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(20)
    return undefined
  }
  for (;;) {
    const text = await Promise.race([answer, turn()])
    if (text !== undefined) return text
  }
}

/** The counters of the proxies of some pods, as label → value sums over the wanted labels. */
async function count(
  from: readonly KubernetesObject[],
  wanted: Record<string, string>,
  by: readonly string[],
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const pod of from)
    for (const line of (await get(pod, 15090, '/stats/prometheus')).split('\n')) {
      const found = /^istio_requests_total\{(.*)\} (\d+)$/.exec(line)
      if (!found) continue
      const labels = Object.fromEntries(
        [...found[1]!.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
      )
      if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) continue
      const key = by.map(name => labels[name]).join(' ')
      sums[key] = (sums[key] ?? 0) + Number(found[2])
    }
  return sums
}

const minus = (after: Record<string, number>, before: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]))

/** What the proxies of the callers counted while some seconds passed. */
async function countDuring(
  seconds: number,
  prefix: string,
  service: string,
  by: readonly string[],
  reporter = 'source',
  namespace = 'default',
): Promise<Record<string, number>> {
  const wanted = { reporter, destination_service_name: service }
  const before = await count(pods(prefix, namespace), wanted, by)
  await pass(seconds)
  return minus(await count(pods(prefix, namespace), wanted, by), before)
}

const shareOf = (counts: Record<string, number>, key: string): number =>
  (counts[key] ?? 0) / Object.values(counts).reduce((sum, value) => sum + value, 0)

interface Spans {
  data: { spans: { tags: { key: string; value: string }[] }[] }[]
}

const tracesWith = async (
  tags: object,
  service = 'frontend.default',
): Promise<Record<string, string>[][]> => {
  const query = `service=${service}&limit=200&tags=${encodeURIComponent(JSON.stringify(tags))}`
  const [jaeger] = pods('jaeger', 'istio-system')
  const text = await get(jaeger!, 16686, `/api/traces?${query}`)
  return (JSON.parse(text.slice(4)) as Spans).data.map(trace =>
    trace.spans.map(span => Object.fromEntries(span.tags.map(({ key, value }) => [key, value]))),
  )
}

describe('the world at its start', () => {
  test('has ready pods with sidecars, endpoints and addresses', () => {
    const ready = pods().filter(pod =>
      listOf(fieldsOf(pod.status)['conditions']).some(
        item => fieldsOf(item)['type'] === 'Ready' && fieldsOf(item)['status'] === 'True',
      ),
    )
    expect(ready).toHaveLength(12)
    expect(pods('myapp').map(pod => listOf(fieldsOf(pod.spec)['initContainers']).length)).toEqual([
      2, 2, 2, 2, 2,
    ])
    const service = store.get(collections.services, 'default', 'myapp')
    expect(fieldsOf(service?.spec)['clusterIP']).toMatch(/^10\.96\./)
    const slice = store
      .list(collections.endpointSlices, 'default')
      .find(item => item.metadata.labels?.['kubernetes.io/service-name'] === 'myapp')
    expect(slice?.['endpoints']).toHaveLength(5)
    expect(fieldsOf(store.get(collections.deployments, 'default', 'myapp-v1')?.status)).toMatchObject({
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    })
  })

  test('has figures before any time has passed', async () => {
    const counts = await count(pods('istio-ingress', 'istio-system'), { reporter: 'source' }, ['reporter'])
    expect(counts['source']).toBeGreaterThan(50)
  })
})

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

const scaled = (name: string, replicas: number): KubernetesObject => {
  const deployment = store.get(collections.deployments, 'default', name)!
  return { ...deployment, spec: { ...fieldsOf(deployment.spec), replicas } }
}

describe('controllers', () => {
  test('make a new pod for a deleted one, which is not ready at once', async () => {
    const [gone] = pods('myapp-v2')
    store.remove(collections.pods, 'default', gone!.metadata.name)
    await pass(0)
    expect(pods('myapp-v2')).toHaveLength(2)
    const phases = pods('myapp-v2').map(pod => fieldsOf(pod.status)['phase'])
    expect(phases).toContain('Pending')
    await pass(3)
    expect(fieldsOf(store.get(collections.deployments, 'default', 'myapp-v2')?.status)['readyReplicas']).toBe(
      2,
    )
    expect(pods('myapp-v2').map(pod => pod.metadata.name)).not.toContain(gone!.metadata.name)
  })

  test('roll a restart out with a new ReplicaSet and never fewer pods than allowed', async () => {
    const deployment = store.get(collections.deployments, 'default', 'myapp-v1')!
    const template = fieldsOf(fieldsOf(deployment.spec)['template'])
    const metadata = fieldsOf(template['metadata'])
    const annotations = { ...fieldsOf(metadata['annotations']), 'kubectl.kubernetes.io/restartedAt': 'now' }
    store.update(collections.deployments, {
      ...deployment,
      spec: {
        ...fieldsOf(deployment.spec),
        template: { ...template, metadata: { ...metadata, annotations } },
      },
    })
    const available: unknown[] = []
    const stop = store.subscribe(({ collection, object }) => {
      if (collection.plural === 'deployments') available.push(fieldsOf(object.status)['availableReplicas'])
    })
    await pass(20)
    stop()
    const sets = store
      .list(collections.replicaSets, 'default')
      .filter(set => set.metadata.name.startsWith('myapp-v1'))
    expect(sets.map(set => fieldsOf(set.spec)['replicas']).sort()).toEqual([0, 3])
    expect(Math.min(...available.map(Number))).toBeGreaterThanOrEqual(3)
    const after = store.get(collections.deployments, 'default', 'myapp-v1')!
    expect(after.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
    expect(fieldsOf(after.status)).toMatchObject({ updatedReplicas: 3, replicas: 3, observedGeneration: 2 })
    expect(fieldsOf(after.status)['unavailableReplicas']).toBeUndefined()
  })

  test('scale', async () => {
    store.update(collections.deployments, scaled('myapp-v1', 5))
    await pass(3)
    expect(pods('myapp-v1')).toHaveLength(5)
    store.update(collections.deployments, scaled('myapp-v1', 1))
    await pass(3)
    expect(pods('myapp-v1')).toHaveLength(1)
  })

  test('run a Job to its end', async () => {
    store.create(collections.jobs, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'kube-system' },
      spec: {
        completions: 2,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'once', image: 'once:1' }] } },
      },
    })
    await pass(15)
    expect(fieldsOf(store.get(collections.jobs, 'kube-system', 'once')?.status)).toMatchObject({
      succeeded: 2,
    })
  })

  test('nothing failed in a controller', async () => {
    await pass(5)
    const warnings = store.list(collections.events).filter(event => event['type'] === 'Warning')
    expect(warnings.map(event => event['message'])).toEqual([])
  })
})

describe('logs', () => {
  test('an access log line has Istio’s default format, and following ends with the pod', async () => {
    const [pod] = pods('frontend')
    const lines: string[] = []
    const options = { container: 'istio-proxy', isFollowed: true, tailLines: 2, hasTimestamps: false }
    const reading = (async () => {
      for await (const line of world.workloads.readLog(pod!, options, new AbortController().signal))
        lines.push(line)
    })()
    await pass(2)
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.find(line => line.includes('"api"') && line.includes('outbound'))).toMatch(
      /^\[2026-\S+Z\] "GET \/api\/orders HTTP\/1\.1" 200 - via_upstream - "-" 0 \d+ \d+ \d+ "-" "[^"]+" "[0-9a-f-]{36}" "api" "10\.244\.\d+\.\d+:8080" outbound\|80\|\|api\.default\.svc\.cluster\.local 10\.244\S+ 10\.96\.\S+:80 10\.244\S+ - default$/,
    )
    store.remove(collections.pods, 'default', pod!.metadata.name)
    await reading
  })
})

describe('traffic obeys every kind that the simulator does', () => {
  test('an HTTPRoute of a Service splits 70 to 30', async () => {
    for (const version of ['v1', 'v2'])
      apply(`
apiVersion: v1
kind: Service
metadata: {name: myapp-${version}}
spec:
  selector: {app: myapp, version: ${version}}
  ports: [{name: http, port: 80, targetPort: 8080}]
`)
    await pass(2)
    store.remove({ group: 'networking.istio.io', plural: 'virtualservices' }, 'default', 'myapp')
    apply(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split}
spec:
  parentRefs: [{group: '', kind: Service, name: myapp, port: 80}]
  rules:
  - backendRefs:
    - {name: myapp-v1, port: 80, weight: 70}
    - {name: myapp-v2, port: 80, weight: 30}
`)
    const wanted = { reporter: 'source', destination_app: 'myapp' }
    const before = await count(pods(), wanted, ['destination_version'])
    await pass(20)
    const counts = minus(await count(pods(), wanted, ['destination_version']), before)
    expect(Math.round(shareOf(counts, 'v1') * 100)).toBeGreaterThanOrEqual(65)
    expect(Math.round(shareOf(counts, 'v1') * 100)).toBeLessThanOrEqual(75)
  })

  test('a broken token is answered with 401 by the proxy of the destination', async () => {
    apply(`
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens}
spec:
  selector: {matchLabels: {app: myapp}}
  jwtRules: [{issuer: https://issuer.example.com}]
`)
    const plain = await countDuring(3, '', 'myapp', ['response_code'])
    expect(Object.keys(plain)).not.toContain('401')
    apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: myapp}
spec:
  hosts: [myapp]
  http:
  - headers: {request: {set: {authorization: Bearer broken}}}
    route: [{destination: {host: myapp}}]
`)
    await pass(1)
    expect(Object.keys(await countDuring(3, '', 'myapp', ['response_code']))).toContain('401')
    const after = await countDuring(3, '', 'myapp', ['response_code'])
    expect(shareOf(after, '401')).toBe(1)
  })

  test("a Telemetry's override is in the labels at once", async () => {
    apply(`
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: default}
spec:
  metrics:
  - providers: [{name: prometheus}]
    overrides:
    - match: {metric: ALL_METRICS}
      tagOverrides: {request_protocol: {value: "request.protocol"}, team: {value: "'web'"}}
`)
    await pass(1)
    const counts = await countDuring(3, '', 'myapp', ['request_protocol', 'team'])
    expect(counts['HTTP/1.1 web']).toBeGreaterThan(0)
    expect(counts['http undefined'] ?? 0).toBe(0)
  })

  test('a Server of Linkerd denies what no policy of Linkerd allows', async () => {
    const inject = (name: string): void => {
      const deployment = store.get(collections.deployments, 'default', name)
      if (deployment === undefined) throw new Error(name)
      const spec = fieldsOf(deployment.spec)
      const template = fieldsOf(spec['template'])
      const metadata = fieldsOf(template['metadata'])
      const labels = { ...fieldsOf(metadata['labels']), 'sidecar.istio.io/inject': 'false' }
      store.update(collections.deployments, {
        ...deployment,
        spec: {
          ...spec,
          template: {
            ...template,
            metadata: {
              ...metadata,
              labels,
              annotations: { ...fieldsOf(metadata['annotations']), 'linkerd.io/inject': 'enabled' },
            },
          },
        },
      })
    }
    for (const name of ['frontend-v1', 'api-v1', 'api-v2']) inject(name)
    await pass(10)
    const [caller] = pods('frontend')
    expect(await get(caller!, 8080, '/')).toMatch(/^200 /)
    apply(`
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: api}
spec:
  podSelector: {matchLabels: {app: api}}
  port: 8080
  accessPolicy: deny
`)
    await pass(1)
    expect(await get(caller!, 8080, '/')).not.toMatch(/^200 /)
  })
})
