import { describe, expect, test } from 'vitest'
import { objectsOfText } from '../../../domain/kubernetes/overlay-objects.ts'
import type { RequestDecision } from '../../../domain/routing/decide-request.ts'
import { decideSimulated } from '../../../domain/simulation/decide-simulated.ts'
import { simulateMesh } from '../../../domain/simulation/simulated-mesh.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import { formatEnding, groupOutcomes } from './format-test-result.ts'
import { likelyCaller, likelyUrl, listCallers, readRequest, readTestHint } from './request-input.ts'

const objects = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: first, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: entry, namespace: shop}
spec: {selector: {istio: shop-gateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: catalog, namespace: shop}
spec: {selector: {app: catalog}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app}, {name: istio-proxy}]}
---
apiVersion: v1
kind: Pod
metadata: {name: catalog-1, namespace: shop, labels: {app: catalog, version: v1}}
spec: {containers: [{name: app}, {name: istio-proxy}]}
status: {conditions: [{type: Ready, status: "True"}], podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: catalog-2, namespace: shop, labels: {app: catalog, version: v2}}
spec: {containers: [{name: app}, {name: istio-proxy}]}
status: {conditions: [{type: Ready, status: "True"}], podIP: 10.0.0.2}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: catalog, namespace: shop}
spec: {host: catalog, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: catalog, namespace: shop}
spec:
  hosts: [catalog]
  http:
  - route:
    - {destination: {host: catalog, subset: v1}, weight: 50}
    - {destination: {host: catalog, subset: v2}, weight: 50}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: catalog-viewer, namespace: shop}
spec: {selector: {matchLabels: {app: catalog}}, action: ALLOW, rules: [{from: [{source: {principals: ["nobody"]}}]}]}
`
const simulated = simulateMesh(objectsOfText(parseManifest(objects), 'default'), 'default')
const callers = listCallers(simulated)

describe('the caller that is chosen at first', () => {
  const rules: never[] = []
  test.each([
    [
      'the gateway in the namespace of the rule',
      { hosts: ['*'], gateways: ['entry'], rules },
      'shop',
      'gateway:shop/entry',
    ],
    [
      'a gateway with its namespace',
      { hosts: ['*'], gateways: ['shop/entry'], rules },
      'default',
      'gateway:shop/entry',
    ],
    [
      'the gateway that is there of several',
      { hosts: ['*'], gateways: ['gone', 'entry'], rules },
      'shop',
      'gateway:shop/entry',
    ],
    [
      'no other gateway where the attached one is missing',
      { hosts: ['*'], gateways: ['gone'], rules },
      'shop',
      undefined,
    ],
    [
      'a workload where the mesh is attached too',
      { hosts: ['catalog'], gateways: ['gone', 'mesh'], rules },
      'shop',
      'workload:shop/web',
    ],
    [
      'a workload for a rule of the mesh',
      { hosts: ['catalog'], gateways: ['mesh'], rules },
      'shop',
      'workload:shop/web',
    ],
  ])('is %s', (_name, hint, namespace, id) => {
    expect(likelyCaller(callers, hint, namespace)?.id).toBe(id)
  })

  test.each([
    ['in another namespace', { parentRefs: [{ name: 'edge', namespace: 'infra' }] }, 'gateway:infra/edge'],
    [
      'that is a Service',
      { parentRefs: [{ kind: 'Service', group: '', name: 'catalog' }] },
      'workload:shop/web',
    ],
    ['that is not there', { parentRefs: [{ name: 'edge' }] }, undefined],
  ])('is that of an HTTPRoute’s parent %s', (_name, spec, id) => {
    expect(likelyCaller(callers, readTestHint({ spec }), 'shop')?.id).toBe(id)
  })

  test('a Service of another namespace is asked for by its whole name', () => {
    const hint = readTestHint({
      spec: { parentRefs: [{ kind: 'Service', name: 'catalog', namespace: 'shop' }] },
    })
    expect(likelyUrl(hint)).toBe('http://catalog.shop/')
  })
})

describe('a denied request', () => {
  const [web] = callers.filter(({ id }) => id === 'workload:shop/web')
  const request = web && readRequest('http://catalog/', 'GET', [], web.caller)
  const decision =
    request !== undefined && typeof request !== 'string' ? decideSimulated(simulated, request) : undefined

  test('is told once, with the policy and both versions', () => {
    const lines = groupOutcomes(decision?.arrivals ?? [])
    expect(lines.map(({ names, isAccepted }) => ({ names, isAccepted }))).toEqual([
      { names: ['catalog v1', 'catalog v2'], isAccepted: false },
    ])
    expect(lines[0]?.text.split('catalog-viewer').length).toBe(2)
    // The ending adds what the caller gets, and not the reason again.
    expect(formatEnding(decision)).toContain('403')
    expect(formatEnding(decision)).not.toContain('catalog-viewer')
    expect(formatEnding(decision)).not.toContain('denied')
  })

  test.each([
    [
      'a gateway’s policy',
      { deniedBy: { kind: 'AuthorizationPolicy', namespace: 'infra', name: 'edge-only' } },
      'edge-only',
    ],
    ['a reason alone', { reason: 'no-route' }, 'no route'],
  ])('names %s', (_name, part, expected) => {
    const rejected = { outcome: 'rejected', status: 403, arrivals: [], ...part } as unknown as RequestDecision
    expect(formatEnding(rejected)).toContain(expected)
  })
})
