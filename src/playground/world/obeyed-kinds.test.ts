import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fieldsOf } from '../../domain/istio/fields/read-fields.ts'
import { collections } from './collections.ts'
import type { TestWorld } from './world-fixture.ts'
import {
  apply,
  count,
  countDuring,
  get,
  minus,
  pass,
  pods,
  shareOf,
  startTestWorld,
} from './world-fixture.ts'

let store: TestWorld['store']
let stop: () => void

beforeEach(() => {
  ;({ store, stop } = startTestWorld(vi))
})

afterEach(() => stop())

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
