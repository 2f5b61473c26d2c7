import { describe, expect, test } from 'vitest'
import { parse } from '../../../test/fixtures/routing.ts'
import { buildMesh } from '../istio/mesh.ts'
import type { RequestDecision } from '../routing/decide-request.ts'
import { decideLinkerd } from './decide-linkerd.ts'

const world = `
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}, {port: 81, targetPort: 8081}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec:
  containers:
  - {name: app, image: x, ports: [{name: http, containerPort: 8080}],
     readinessProbe: {httpGet: {path: "/ready?x=1", port: http}}, livenessProbe: {httpGet: {port: 8080}}, startupProbe: {httpGet: {path: /other, port: 8081}}}
`
const route = (parent: string, namespace = 'shop', name = 'split'): string => `
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: ${name}, namespace: ${namespace}},
 spec: {parentRefs: [{${parent}}], rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]}}
`
const server = (spec: string): string => `
---
{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: http, namespace: shop}, spec: ${spec}}
`
const usualServer = '{podSelector: {matchLabels: {app: web}}, port: 8080'
const serverRoute = `
---
{apiVersion: policy.linkerd.io/v1beta3, kind: HTTPRoute, metadata: {name: api, namespace: shop},
 spec: {parentRefs: [{group: policy.linkerd.io, kind: Server, name: http}], rules: [{matches: [{path: {value: /api}}]}]}}
`
const profile = `
---
{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: web.shop.svc.cluster.local, namespace: shop}, spec: {routes: []}}
`
const identities = (spec: string): string => `
---
{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, metadata: {name: who, namespace: shop}, spec: ${spec}}
---
{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: rule, namespace: shop},
 spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: http}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: who}]}}
`
const denying = world.replace('enabled}', 'enabled, config.linkerd.io/default-inbound-policy: deny}')

function decideFor(text: string, path = '/x', method = 'GET'): RequestDecision {
  const objects = parse(text)
  return decideLinkerd(buildMesh(objects), objects, {
    from: { kind: 'workload', namespace: 'shop', labels: { app: 'client' }, serviceAccount: 'client' },
    scheme: 'http',
    method,
    host: 'web',
    port: 80,
    path,
    headers: {},
    tls: 'none',
  })
}
const causesOf = ({ considered }: RequestDecision): readonly (string | undefined)[][] =>
  considered.map(({ route: own, field, object }) => [
    `${own.kind} ${own.namespace}/${own.name}`,
    field,
    object && `${object.kind} ${object.namespace}/${object.name}`,
  ])

describe('what does not count is named with its field', () => {
  test.each<[string, string, (string | undefined)[]]>([
    [
      'a ServiceProfile takes the place of routes',
      world + profile + route('group: core, kind: Service, name: web'),
      ['HTTPRoute shop/split', 'spec.parentRefs', 'ServiceProfile shop/web.shop.svc.cluster.local'],
    ],
    [
      'a route of another port',
      world + route('group: core, kind: Service, name: web, port: 81'),
      ['HTTPRoute shop/split', 'spec.parentRefs[0].port', undefined],
    ],
    [
      'a route of a Service of that name elsewhere',
      world + route('group: core, kind: Service, name: web', 'other'),
      ['HTTPRoute other/split', 'spec.parentRefs[0].namespace', undefined],
    ],
    [
      'a route in a third namespace',
      world + route('group: core, kind: Service, name: web, namespace: shop', 'other'),
      ['HTTPRoute other/split', 'metadata.namespace', undefined],
    ],
    [
      'a parent without a group is no Service',
      world + route('kind: Service, name: web'),
      ['HTTPRoute shop/split', 'spec.parentRefs[0].group', undefined],
    ],
    [
      'a Server that selects other pods',
      denying + server('{podSelector: {matchLabels: {app: other}}, port: 8080}'),
      ['Server shop/http', 'spec.podSelector', undefined],
    ],
    [
      'a Server of another port',
      denying + server('{podSelector: {matchLabels: {app: web}}, port: 9}'),
      ['Server shop/http', 'spec.port', undefined],
    ],
    [
      'identities that leave the caller out',
      world + server(`${usualServer}}`) + identities('{identityRefs: [{kind: ServiceAccount, name: x}]}'),
      ['AuthorizationPolicy shop/rule', 'spec.identityRefs', 'MeshTLSAuthentication shop/who'],
    ],
  ])('%s', (_name, text, cause) => {
    expect(causesOf(decideFor(text))).toContainEqual(cause)
  })

  test('the default policy says where it comes from', () => {
    expect(decideFor(denying).arrivals[0]?.explanation).toContain('Namespace shop')
  })
  test('audit lets in and says so', () => {
    const decision = decideFor(world + server(`${usualServer}, accessPolicy: audit}`))
    expect([decision.outcome, decision.arrivals[0]?.explanation]).toEqual([
      'forwarded',
      expect.stringContaining('audit'),
    ])
  })
})

// `default_inbound_http_routes` in linkerd2: probes are authorized for everybody as long as there are no routes.
describe('probes of the kubelet', () => {
  test.each<[string, string, string, string, number | undefined]>([
    ['the path without its query', denying, '/ready', 'GET', undefined],
    ['the usual path', denying, '/', 'GET', undefined],
    ['of a Server without routes', world + server(`${usualServer}}`), '/ready', 'GET', undefined],
    ['no other path', denying, '/ready/x', 'GET', 403],
    ['no other method', denying, '/ready', 'POST', 403],
    ['not that of another port', denying, '/other', 'GET', 403],
    ['not of a Server with routes', world + server(`${usualServer}}`) + serverRoute, '/ready', 'GET', 404],
    [
      'not of a Server that is opaque',
      world + server(`${usualServer}, proxyProtocol: opaque}`),
      '/ready',
      'GET',
      403,
    ],
  ])('%s', (_name, text, path, method, status) => {
    expect(decideFor(text, path, method).status).toBe(status)
  })

  test('a route that takes the probe away is named', () => {
    const decision = decideFor(world + server(`${usualServer}}`) + serverRoute, '/ready')
    expect(decision.considered.find(({ route: own }) => own.name === 'api')?.reason).toContain('probes')
  })
})
