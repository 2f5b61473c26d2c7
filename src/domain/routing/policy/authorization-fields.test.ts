import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { buildMesh } from '../../istio/mesh.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { authorize } from './authorization.ts'
import type { Call } from './call.ts'

const call: Call = {
  principal: 'cluster.local/ns/shop/sa/web',
  ip: '10.2.0.1',
  remoteIp: '203.0.113.7',
  destinationIp: '10.1.0.1',
  claims: { iss: 'me', sub: 'alice', aud: ['shop', 'bank'], azp: 'app', group: { names: ['admins'] } },
  method: 'GET',
  path: '/orders/1?x=1',
  host: 'api.default:8080',
  port: 8080,
  headers: { 'x-env': 'prod' },
  sni: 'outbound_.80_._.api.default.svc.cluster.local',
}

const from = (field: string): string => `from: [{source: {${field}}}]`
const to = (field: string): string => `to: [{operation: {${field}}}]`
const when = (key: string, values: string): string => `when: [{key: "${key}", values: [${values}]}]`
const opposite = (key: string, values: string): string => `when: [{key: "${key}", notValues: [${values}]}]`

const isAllowed = (rule: string, given: Partial<Call> = {}, trustDomain = 'cluster.local'): boolean => {
  const text = `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop}, spec: {rules: [{${rule}}]}}`
  const mesh = buildMesh([parse(text) as KubernetesObject], { trustDomain })
  return authorize(mesh, { namespace: 'shop', labels: {} }, { ...call, ...given }).allowed
}

// Whether an ALLOW policy of just this rule lets the call in.
test.each<[string, boolean]>([
  // https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source
  [from('principals: [cluster.local/ns/shop/sa/web]'), true],
  [from('principals: [cluster.local/ns/shop/sa/other]'), false],
  [from('principals: ["cluster.local/ns/shop/*"]'), true],
  [from('principals: ["*/sa/web"]'), true],
  [from('notPrincipals: ["*/sa/web"]'), false],
  [from('requestPrincipals: [me/alice]'), true],
  [from('requestPrincipals: ["me/*"]'), true],
  [from('notRequestPrincipals: ["*"]'), false],
  [from('namespaces: [shop]'), true],
  [from('namespaces: ["sh*"]'), true],
  [from('notNamespaces: [shop]'), false],
  [from('serviceAccounts: [web]'), true],
  [from('serviceAccounts: [shop/web]'), true],
  [from('serviceAccounts: [default/web]'), false],
  [from('notServiceAccounts: [web]'), false],
  [from('ipBlocks: [10.2.0.0/16]'), true],
  [from('ipBlocks: [10.2.0.2]'), false],
  [from('notIpBlocks: [10.2.0.1]'), false],
  [from('remoteIpBlocks: [203.0.113.0/24]'), true],
  [from('notRemoteIpBlocks: [203.0.113.0/24]'), false],
  // "If multiple fields are specified, all must match"; several sources are alternatives.
  [from('namespaces: [shop], ipBlocks: [10.9.0.0/16]'), false],
  ['from: [{source: {namespaces: [x]}}, {source: {ipBlocks: [10.2.0.1]}}]', true],
  // https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation
  [to('hosts: ["api.default:8080"]'), true],
  [to('hosts: ["API.*"]'), true],
  [to('notHosts: ["api.*"]'), false],
  [to('ports: ["8080"]'), true],
  [to('ports: ["80"]'), false],
  [to('notPorts: ["8080"]'), false],
  [to('methods: [GET, POST]'), true],
  [to('methods: [get]'), false],
  [to('notMethods: [GET]'), false],
  [to('paths: [/orders/1]'), true],
  [to('paths: ["/orders/*"]'), true],
  [to('paths: ["*/1"]'), true],
  [to('paths: ["/{*}/1"]'), true],
  [to('notPaths: ["/orders/*"]'), false],
  [to('methods: [GET], paths: [/other]'), false],
  // https://istio.io/latest/docs/reference/config/security/conditions/
  [when('request.headers[x-env]', 'prod'), true],
  [when('request.headers[X-Env]', '"p*"'), true],
  [when('request.headers[x-none]', '"*"'), false],
  [opposite('request.headers[x-env]', 'prod'), false],
  [when('source.ip', '10.2.0.0/16'), true],
  [when('remote.ip', '10.2.0.0/16'), false],
  [when('source.namespace', 'shop'), true],
  [when('source.principal', 'cluster.local/ns/shop/sa/web'), true],
  [when('source.serviceAccount', 'shop/web'), true],
  [when('request.auth.principal', 'me/alice'), true],
  [when('request.auth.audiences', 'bank'), true],
  [when('request.auth.presenter', 'app'), true],
  [when('request.auth.claims[iss]', 'me'), true],
  [when('request.auth.claims[group][names]', 'admins'), true],
  [when('request.auth.claims[group][names]', 'users'), false],
  [when('destination.ip', '10.1.0.0/24'), true],
  [when('destination.port', '"8080"'), true],
  [when('connection.sni', '"*.api.default.svc.cluster.local"'), true],
  [when('connection.sni', 'api.default'), false],
  [when('connection.sni', '"outbound_.80_*"'), true],
])('%s: %s', (rule, expected) => {
  expect(isAllowed(rule)).toBe(expected)
})

// `cluster.local` in a policy is the mesh's own trust domain, whatever that is called; another domain is another.
// Source: https://istio.io/latest/docs/tasks/security/authorization/authz-td-migration/
test.each<[string, string, boolean]>([
  ['cluster.local/ns/shop/sa/web', 'corp.example/ns/shop/sa/web', true],
  ['corp.example/ns/shop/sa/web', 'corp.example/ns/shop/sa/web', true],
  ['other.example/ns/shop/sa/web', 'corp.example/ns/shop/sa/web', false],
  ['*/ns/shop/sa/web', 'corp.example/ns/shop/sa/web', true],
])('in the trust domain corp.example, principal %s and caller %s: %s', (wanted, principal, expected) => {
  expect(isAllowed(from(`principals: ["${wanted}"]`), { principal }, 'corp.example')).toBe(expected)
})
