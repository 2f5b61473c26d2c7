import { callPlayground } from './pages/colleague.ts'
import { expectConnection, expectWindow, openView } from './pages/frame.ts'
import { expect, test, type App } from './shell.ts'

// What is applied to the playground by kubectl is what its traffic does from then on.

const NAMESPACED = {
  service: '/api/v1/namespaces/default/services',
  httpRoute: '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes',
  virtualService: '/apis/networking.istio.io/v1/namespaces/default/virtualservices',
  requestAuthentication: '/apis/security.istio.io/v1/namespaces/default/requestauthentications',
  telemetry: '/apis/telemetry.istio.io/v1/namespaces/default/telemetries',
} as const

async function apply(app: App, kind: keyof typeof NAMESPACED, name: string, body: string): Promise<void> {
  const path = `${NAMESPACED[kind]}/${name}?fieldManager=colleague&force=true`
  const contentType = 'application/apply-patch+yaml'
  const { status, text } = await callPlayground(app, { path, method: 'PATCH', body, contentType })
  expect(status, text).toBeLessThan(300)
}

/** The counters that callers keep of requests to myapp: their labels and the count. */
async function readCounters(app: App): Promise<ReadonlyMap<string, number>> {
  const { text } = await callPlayground(app, { path: '/api/v1/namespaces/default/pods' })
  const pods = (JSON.parse(text) as { items: { metadata: { name: string } }[] }).items
  const counters = new Map<string, number>()
  for (const { metadata } of pods) {
    const path = `/api/v1/namespaces/default/pods/${metadata.name}:15090/proxy/stats/prometheus`
    const stats = await callPlayground(app, { path })
    if (stats.status !== 200) continue
    for (const line of stats.text.split('\n')) {
      const found = /^istio_requests_total\{(?<labels>.*)\} (?<count>\d+)$/.exec(line)?.groups
      const labels = found?.['labels'] ?? ''
      if (labels.includes('reporter="source"') && labels.includes('destination_app="myapp"'))
        counters.set(labels, (counters.get(labels) ?? 0) + Number(found?.['count']))
    }
  }
  return counters
}

/** How many requests were counted since, by the value of a label. */
async function countSince(
  app: App,
  before: ReadonlyMap<string, number>,
  label: string,
): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {}
  for (const [labels, count] of await readCounters(app)) {
    const value = new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(labels)?.[1] ?? ''
    sums[value] = (sums[value] ?? 0) + count - (before.get(labels) ?? 0)
  }
  return sums
}

test('an HTTPRoute that splits 70 to 30 splits the traffic', async ({ app }) => {
  await expectWindow(app.page)
  await expectConnection(app.page, /live/i)
  for (const version of ['v1', 'v2'])
    await apply(
      app,
      'service',
      `myapp-${version}`,
      `apiVersion: v1
kind: Service
metadata: {name: myapp-${version}}
spec:
  selector: {app: myapp, version: ${version}}
  ports: [{name: http, port: 80, targetPort: 8080}]
`,
    )
  const gone = await callPlayground(app, { path: `${NAMESPACED.virtualService}/myapp`, method: 'DELETE' })
  expect(gone.status).toBe(200)
  await apply(
    app,
    'httpRoute',
    'split',
    `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split}
spec:
  parentRefs: [{group: '', kind: Service, name: myapp, port: 80}]
  rules:
  - backendRefs:
    - {name: myapp-v1, port: 80, weight: 70}
    - {name: myapp-v2, port: 80, weight: 30}
`,
  )
  const before = await readCounters(app)
  await expect(async () => {
    const { v1 = 0, v2 = 0 } = await countSince(app, before, 'destination_version')
    expect(v1 + v2).toBeGreaterThan(60)
    expect(v1 / (v1 + v2)).toBeGreaterThan(0.6)
    expect(v1 / (v1 + v2)).toBeLessThan(0.8)
  }).toPass()
})

test('a token of nobody is answered with 401, and the edge is unhealthy', async ({ app }) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await apply(
    app,
    'requestAuthentication',
    'tokens',
    `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens}
spec:
  selector: {matchLabels: {app: myapp}}
  jwtRules: [{issuer: https://issuer.example.com}]
`,
  )
  await apply(
    app,
    'virtualService',
    'myapp',
    `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: myapp}
spec:
  hosts: [myapp]
  http:
  - headers: {request: {set: {authorization: Bearer broken}}}
    route: [{destination: {host: myapp}}]
`,
  )
  const before = await readCounters(app)
  await expect
    .poll(async () => (await countSince(app, before, 'response_code'))['401'] ?? 0)
    .toBeGreaterThan(20)
  await openView(page, 'Traffic')
  await expect(page.locator('.edge.bad').first()).toBeVisible()
})

test("a Telemetry's override of a tag is in the metrics", async ({ app }) => {
  await expectWindow(app.page)
  await expectConnection(app.page, /live/i)
  await apply(
    app,
    'telemetry',
    'default',
    `apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: default}
spec:
  metrics:
  - providers: [{name: prometheus}]
    overrides:
    - match: {metric: ALL_METRICS}
      tagOverrides: {request_protocol: {value: request.protocol}}
`,
  )
  const before = await readCounters(app)
  await expect
    .poll(async () => (await countSince(app, before, 'request_protocol'))['HTTP/1.1'] ?? 0)
    .toBeGreaterThan(20)
})
