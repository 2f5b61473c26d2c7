import { expect, test } from 'vitest'
import { parse, request } from '../../../test/fixtures/routing.ts'
import { buildMesh } from '../mesh/mesh.ts'
import { decide } from '../routing/resolve.ts'

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
