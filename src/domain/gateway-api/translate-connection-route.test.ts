import { expect, test } from 'vitest'
import { parse, request } from '../../../test/fixtures/routing.ts'
import { buildMesh } from '../istio/mesh.ts'
import { decide } from '../routing/route/resolve.ts'

const world = `
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: edge}, spec: {clusterIP: 10.0.0.1, ports: [{port: 5000, name: tcp}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec:
  gatewayClassName: istio
  listeners:
  - {name: t, hostname: "*.example.org", port: 443, protocol: TLS, tls: {mode: Terminate, certificateRefs: [{name: cert}]}}
  - {name: p, hostname: "*.test", port: 443, protocol: TLS, tls: {mode: Passthrough}}
`
const route = (hostnames: string, ...rules: string[]): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: a, namespace: edge}
spec: {parentRefs: [{name: front}], hostnames: [${hostnames}], rules: [${rules.map(rule => `{backendRefs: [${rule}]}`).join(', ')}]}
`
const db = '{name: db, port: 5000}'
const from = {
  kind: 'gateway',
  namespace: 'edge',
  labels: { 'gateway.networking.k8s.io/gateway-name': 'front' },
} as const

// Each row is what istiod 1.31 sends (fuzz/policy/run.ts routes compares more).
test.each<[string, string, string, string]>([
  [
    'the gateway ends TLS',
    route('a.example.org', db),
    'a.example.org',
    'outbound|5000||db.edge.svc.cluster.local',
  ],
  [
    'the listener has any of its names, not only the route’s',
    route('a.example.org', db),
    'b.example.org',
    'outbound|5000||db.edge.svc.cluster.local',
  ],
  ['where TLS passes, the route’s names count', route('a.test', db), 'b.test', 'no-filter-chain'],
  [
    'a rule without weights is left out where the gateway ends TLS',
    route('a.example.org', '{name: db, port: 5000, weight: 0}', db),
    'a.example.org',
    'outbound|5000||db.edge.svc.cluster.local',
  ],
])('TLSRoute: %s', (_name, routes, host, expected) => {
  const mesh = buildMesh(parse(world + routes))
  const { destinations, reason } = decide(
    mesh,
    request({ from, host, port: 443, scheme: 'https', tls: 'simple' }),
  )
  expect(reason ?? destinations[0]?.cluster).toBe(expected)
})

const secured = (references: string): string => `
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: edge}, spec: {clusterIP: 10.0.0.1, ports: [{port: 80, name: http}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec: {gatewayClassName: istio, listeners: [{name: s, port: 443, protocol: HTTPS, tls: {certificateRefs: [${references}]}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: edge}
spec: {parentRefs: [{name: front}], rules: [{backendRefs: [{name: web, port: 80}]}]}
`
const grant = (from: string, name = ''): string => `---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: certs}
spec: {from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: ${from}}], to: [{group: "", kind: Secret${name}}]}
`
const elsewhere = '{name: cert, namespace: certs}'

// Each as istiod 1.31 opens the listener or not, where the Secret is there.
test.each<[string, string, string]>([
  ['its own namespace', secured('{name: cert}'), 'forwarded'],
  ['another that grants it', secured(elsewhere) + grant('edge'), 'forwarded'],
  ['another that grants nothing', secured(elsewhere), 'no-listener'],
  ['another that grants it to others', secured(elsewhere) + grant('shop'), 'no-listener'],
  ['another that grants another Secret', secured(elsewhere) + grant('edge', ', name: x'), 'no-listener'],
  ['its own beside one that is not granted', secured(`{name: cert}, ${elsewhere}`), 'forwarded'],
  ['no Secret at all', secured('{kind: ConfigMap, name: cert}'), 'no-listener'],
])('a listener with a certificate of %s', (_name, text, expected) => {
  const { outcome, reason } = decide(
    buildMesh(parse(text)),
    request({ from, host: 'a.com', port: 443, scheme: 'https', tls: 'simple' }),
  )
  expect(reason ?? outcome).toBe(expected)
})
