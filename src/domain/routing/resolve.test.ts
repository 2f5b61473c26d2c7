import { readFileSync, readdirSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import { buildMesh } from '../mesh/mesh.ts'
import type { Mesh } from '../mesh/mesh.ts'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import type { RoutingRequest } from './request.ts'
import { decide } from './resolve.ts'

const parse = (text: string): KubernetesObject[] =>
  parseAllDocuments(text)
    .map(document => document.toJS() as KubernetesObject | null)
    .filter(object => object !== null)

const service = (name: string, namespace = 'default', port = 80): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}}
spec: {ports: [{port: ${String(port)}, name: http}], selector: {app: ${name}}}
`
const virtualService = (name: string, spec: string, created = '2026-01-01T00:00:00Z'): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default, creationTimestamp: "${created}"}
spec: ${spec}
`
const services = ['myapp', 'api', 'service', 'frontend'].map(name => service(name)).join('')
const to = (host: string): string => `route: [{destination: {host: ${host}}}]`
const meshOf = (...texts: string[]): Mesh => buildMesh(parse(services + texts.join('')))

const request = (given: Partial<RoutingRequest> = {}): RoutingRequest => ({
  from: { kind: 'workload', namespace: 'default', labels: { app: 'frontend' } },
  scheme: 'http',
  method: 'GET',
  host: 'myapp',
  port: 80,
  path: '/',
  headers: {},
  tls: 'none',
  ...given,
})
const ingress: RoutingRequest['from'] = {
  kind: 'gateway',
  namespace: 'istio-system',
  labels: { istio: 'ingressgateway' },
}

/** The short form of a decision: `v1 90, v2 10`, `503 no-destination`, `301 https://…`. */
function summarize(mesh: Mesh, given: Partial<RoutingRequest>): string {
  const decision = decide(mesh, request(given))
  if (decision.outcome !== 'forwarded')
    return [decision.status, decision.reason, decision.location].filter(item => item !== undefined).join(' ')
  return decision.destinations
    .map(({ cluster, weight }) => `${cluster.replace('.default.svc.cluster.local', '')} ${String(weight)}`)
    .join(', ')
}

describe('the tutorial', () => {
  const folder = new URL('../../../test/fixtures/tutorial/', import.meta.url)
  const texts = readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
  const mesh = buildMesh(parse(`${services}---\n${texts.join('\n---\n')}`))
  test.each<[string, Partial<RoutingRequest>, string]>([
    ['beta users', { headers: { 'user-type': 'beta' } }, 'outbound|80|v2|myapp 100'],
    ['others', { headers: { 'user-type': 'alpha' } }, 'outbound|80|v1|myapp 90, outbound|80|v2|myapp 10'],
    ['the gateway: /api', { from: ingress, host: 'localhost', path: '/api/1?x=y' }, 'outbound|80||api 100'],
    ['the gateway: /service', { from: ingress, host: 'a.b', path: '/service' }, 'outbound|80||service 100'],
    ['the gateway: the rest', { from: ingress, host: 'a.b', path: '/' }, 'outbound|80||frontend 100'],
    [
      'the gateway by TLS',
      { from: ingress, host: 'example.com', port: 443, tls: 'simple', scheme: 'https' },
      'outbound|80||frontend 100',
    ],
    ['another name by TLS', { from: ingress, host: 'a.b', port: 443, tls: 'simple' }, 'no-filter-chain'],
    ['plain text to TLS', { from: ingress, host: 'example.com', port: 443 }, 'protocol-error'],
    ['a port without a server', { from: ingress, host: 'example.com', port: 81 }, 'no-listener'],
    ['a service without a VirtualService', { host: 'frontend' }, 'outbound|80||frontend 100'],
  ])('%s', (_name, given, expected) => {
    expect(summarize(mesh, given)).toBe(expected)
  })
  test('timeout and retries are the rule’s', () => {
    expect(decide(mesh, request({ host: 'api' }))).toMatchObject({
      timeout: '10s',
      retries: { attempts: 3, perTryTimeout: '2s', retryOn: '5xx,reset,connect-failure' },
    })
  })
})

describe('every rule that is looked at says why', () => {
  const mesh = meshOf(
    virtualService(
      'myapp',
      `{hosts: [myapp], http: [
        {match: [{headers: {user-type: {exact: beta}}}, {uri: {prefix: /api}}], ${to('api')}},
        {match: [{uri: {regex: "/r[0-9]+"}}], ${to('api')}},
        {match: [{method: {exact: POST}}], ${to('api')}},
        {match: [{queryParams: {debug: {}}}], ${to('api')}},
        {match: [{withoutHeaders: {cookie: {}}}], ${to('api')}},
        {match: [{sourceLabels: {app: cart}}], ${to('api')}},
        {match: [{port: 8080}], ${to('api')}},
        {match: [{gateways: [edge]}], ${to('api')}},
        {name: rest, ${to('myapp')}},
        {${to('api')}}]}`,
    ),
  )
  test('in words', () => {
    const { considered, route } = decide(
      mesh,
      request({ path: '/x?a=1', headers: { 'user-type': 'alpha', cookie: 'c' } }),
    )
    expect(considered.map(item => item.reason)).toEqual([
      'header user-type is "alpha", not "beta"',
      'path "/x" does not start with "/api"',
      'path "/x" does not match the expression "/r[0-9]+"',
      'method is "GET", not "POST"',
      'query parameter debug is absent',
      'header cookie is present',
      'the caller\'s label app is "frontend", not "cart"',
      'the rule is for port 8080, not 80',
      'the rule is for a gateway, not the mesh',
      'yes',
      'an earlier rule took the request',
    ])
    expect(considered.findIndex(item => item.matched)).toBe(9)
    expect(route).toMatchObject({ name: 'myapp', rule: 8, ruleName: 'rest' })
    expect(decide(mesh, request()).considered[0]?.reason).toBe('header user-type is absent')
  })
})

// Each answer below was compared with what istiod 1.31 and Envoy 1.40 do with the same objects.
describe('what a rule does', () => {
  const mesh = meshOf(
    virtualService(
      'myapp',
      `{hosts: [myapp], http: [
        {match: [{uri: {prefix: /case}, ignoreUriCase: true}], rewrite: {uri: /down}, ${to('api')}},
        {match: [{uri: {exact: /exact}}], rewrite: {uri: /new, authority: other}, ${to('api')}},
        {match: [{uri: {prefix: /regex/}}], rewrite: {uriRegexRewrite: {match: "/regex/([^/]+)/(.*)", rewrite: '/\\2/\\1$'}}, ${to('api')}},
        {match: [{uri: {prefix: /redirect}}], redirect: {uri: /there, authority: other, redirectCode: 302}},
        {match: [{uri: {prefix: /secure}}], redirect: {scheme: https, port: 8443}},
        {match: [{uri: {prefix: /direct}}], directResponse: {status: 418}},
        {match: [{uri: {prefix: /abort}}], fault: {abort: {percentage: {value: 100}, httpStatus: 555}}, ${to('api')}},
        {match: [{uri: {prefix: /half}}], fault: {abort: {percentage: {value: 50}, httpStatus: 500}}, retries: {attempts: 0}, timeout: 0s, ${to('api')}},
        {match: [{uri: {prefix: /subset}}], route: [{destination: {host: myapp, subset: none}}]},
        {match: [{uri: {prefix: /host}}], ${to('nowhere')}},
        {match: [{uri: {prefix: /headers}}], headers: {request: {set: {X-A: "1", Host: named}, add: {x-b: "2"}, remove: [x-c]}}, ${to('api')}},
        {match: [{uri: {prefix: /mirror}}], mirror: {host: service}, mirrorPercentage: {value: 25}, route: [{destination: {host: api}, weight: 0}, {destination: {host: myapp}, weight: 100}]}]}`,
    ),
  )
  test.each<[string, Partial<RoutingRequest>, object]>([
    ['ignoreUriCase', { path: '/CaseX?y=1' }, { outcome: 'forwarded', request: { path: '/downX?y=1' } }],
    ['exact rewrite', { path: '/exact?q=1' }, { request: { path: '/new?q=1', host: 'other' } }],
    ['regex rewrite', { path: '/regex/a/b/c?d=e' }, { request: { path: '/b/c/a$?d=e' } }],
    ['redirect', { path: '/redirect?y=1' }, { status: 302, location: 'http://other/there?y=1' }],
    ['scheme and port', { path: '/secure' }, { status: 301, location: 'https://myapp:8443/secure' }],
    ['direct response', { path: '/direct' }, { outcome: 'direct-response', status: 418 }],
    ['abort', { path: '/abort' }, { outcome: 'aborted', status: 555, destinations: [] }],
    ['half an abort', { path: '/half' }, { outcome: 'forwarded', fault: { abort: { percentage: 50 } } }],
    ['missing subset', { path: '/subset' }, { status: 503, reason: 'no-destination' }],
    ['missing host', { path: '/host' }, { status: 503, reason: 'no-destination' }],
    [
      'headers',
      { path: '/headers', headers: { 'x-b': '1', 'x-c': '1' } },
      { request: { host: 'named', headers: { 'x-a': '1', 'x-b': '1, 2' } } },
    ],
    [
      'mirror, and weight 0 left out',
      { path: '/mirror' },
      { destinations: [{ host: 'myapp.default.svc.cluster.local' }], mirrors: [{ percentage: 25 }] },
    ],
    ['no rule', { path: '/other' }, { status: 404, reason: 'no-route' }],
    ['dot segments', { path: '/x/../direct' }, { status: 418 }],
    ['needless escapes', { path: '/%64irect' }, { status: 418 }],
  ])('%s', (_name, given, expected) => {
    expect(decide(mesh, request(given))).toMatchObject(expected)
  })
  test('no attempts mean no retries, nothing said the default', () => {
    const half = decide(mesh, request({ path: '/half' }))
    expect([half.retries, half.timeout]).toEqual([undefined, undefined])
    expect(decide(mesh, request({ path: '/case' })).retries?.attempts).toBe(2)
  })
})

describe('which VirtualService answers', () => {
  const only = (spec: string): string => virtualService('only', spec)
  const beta = '2025-01-01T00:00:00Z'
  test.each<[string, string[], Partial<RoutingRequest>, string]>([
    [
      'the oldest',
      [
        virtualService('a', `{hosts: [myapp], http: [{${to('api')}}]}`),
        virtualService('z', `{hosts: [myapp], http: [{${to('service')}}]}`, beta),
      ],
      {},
      'outbound|80||service 100',
    ],
    [
      'a private one before older public ones',
      [
        virtualService('a', `{hosts: [myapp], exportTo: ["."], http: [{${to('api')}}]}`),
        virtualService('z', `{hosts: [myapp], http: [{${to('service')}}]}`, beta),
      ],
      {},
      'outbound|80||api 100',
    ],
    [
      'an exact host before a wildcard',
      [
        virtualService('wide', `{hosts: ["*.default.svc.cluster.local"], http: [{${to('service')}}]}`, beta),
        only(`{hosts: [myapp], http: [{match: [{uri: {prefix: /a}}], ${to('api')}}]}`),
      ],
      { path: '/b' },
      '404 no-route',
    ],
    [
      'the full name',
      [only(`{hosts: [myapp], http: [{${to('api')}}]}`)],
      { host: 'MyApp.default.svc' },
      'outbound|80||api 100',
    ],
    [
      'a name with a dot is not completed',
      [only(`{hosts: [myapp.default], http: [{${to('api')}}]}`)],
      {},
      'outbound|80||myapp 100',
    ],
    [
      'exported elsewhere',
      [only(`{hosts: [myapp], exportTo: [shop], http: [{${to('api')}}]}`)],
      {},
      'outbound|80||myapp 100',
    ],
    [
      'no rule for this caller: as if it were not there',
      [only(`{hosts: [myapp], http: [{match: [{sourceLabels: {app: x}}], ${to('api')}}]}`)],
      {},
      'outbound|80||myapp 100',
    ],
    [
      'only for a gateway',
      [only(`{hosts: [myapp], gateways: [edge], http: [{${to('api')}}]}`)],
      {},
      'outbound|80||myapp 100',
    ],
    [
      'a host of no service',
      [only(`{hosts: [ext.example.com], http: [{${to('api')}}]}`)],
      { host: 'ext.example.com' },
      'outbound|80||api 100',
    ],
    ['an unknown host', [], { host: 'example.org' }, 'PassthroughCluster 100'],
    [
      'another namespace by its short name',
      [service('cart', 'shop')],
      { host: 'cart' },
      'PassthroughCluster 100',
    ],
    ['a port that the service lacks', [], { port: 81 }, '503 no-listener'],
    [
      'a delegate within its parent’s match',
      [
        only(
          `{hosts: [myapp], http: [{match: [{uri: {prefix: /a}}], delegate: {name: child}}, {${to('service')}}]}`,
        ),
        virtualService('child', `{http: [{match: [{headers: {k: {exact: v}}}], ${to('api')}}]}`),
      ],
      { path: '/a', headers: { k: 'v' } },
      'outbound|80||api 100',
    ],
    [
      'a ServiceEntry',
      [
        `---
apiVersion: networking.istio.io/v1alpha3
kind: ServiceEntry
metadata: {name: ext, namespace: default}
spec: {hosts: ["*.example.com"], ports: [{number: 80, name: http, protocol: HTTP}]}
`,
      ],
      { host: 'a.example.com' },
      'outbound|80||*.example.com 100',
    ],
    [
      'a Sidecar that hides the service',
      [
        `---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: default}
spec: {egress: [{hosts: ["./api.default.svc.cluster.local"]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}
`,
      ],
      {},
      '502 no-virtual-host',
    ],
  ])('%s', (_name, objects, given, expected) => {
    expect(summarize(meshOf(...objects), given)).toBe(expected)
  })
})

describe('gateways', () => {
  const gateway = (server: string): string => `---
apiVersion: networking.istio.io/v1beta1
kind: Gateway
metadata: {name: edge, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, ${server}}]}
`
  const edge = (name: string, hosts: string, rules: string, created?: string): string =>
    virtualService(name, `{hosts: ${hosts}, gateways: [edge], http: [${rules}]}`, created)
  test.each<[string, string[], Partial<RoutingRequest>, string]>([
    [
      'rules of several objects for a host follow each other, catch-all last',
      [
        gateway('hosts: ["*"]'),
        edge('one', '[a.com]', `{${to('service')}}`, '2020-01-01T00:00:00Z'),
        edge('two', '[a.com]', `{match: [{uri: {exact: /one}}], ${to('api')}}`),
      ],
      { host: 'a.com', path: '/one' },
      'outbound|80||api 100',
    ],
    [
      'httpsRedirect',
      [gateway('hosts: ["*"], tls: {httpsRedirect: true}'), edge('one', '[a.com]', `{${to('api')}}`)],
      { host: 'a.com', path: '/x?y=1' },
      '301 tls-redirect https://a.com/x?y=1',
    ],
    [
      'a server for another namespace',
      [gateway('hosts: ["shop/a.com"]'), edge('one', '[a.com]', `{${to('api')}}`)],
      { host: 'a.com' },
      '404 no-virtual-host',
    ],
    [
      'the names that server and VirtualService share',
      [gateway('hosts: ["./*.a.com"]'), edge('one', '["*.com"]', `{${to('api')}}`)],
      { host: 'x.a.com' },
      'outbound|80||api 100',
    ],
    [
      'the only port of a service',
      [
        gateway('hosts: ["*"]'),
        service('multi', 'default', 8080),
        edge('one', '[a.com]', `{${to('multi')}}`),
      ],
      { host: 'a.com' },
      'outbound|8080||multi 100',
    ],
    [
      'the port of the gateway’s Service',
      [
        gateway('hosts: ["*"]').replace('number: 80', 'number: 8080'),
        `---
apiVersion: v1
kind: Service
metadata: {name: ingress, namespace: istio-system}
spec: {ports: [{port: 80, targetPort: 8080}], selector: {istio: ingressgateway}}
`,
        edge('one', '[a.com]', `{${to('api')}}`),
      ],
      { host: 'a.com' },
      'outbound|80||api 100',
    ],
  ])('%s', (_name, objects, given, expected) => {
    expect(summarize(meshOf(...objects), { from: ingress, ...given })).toBe(expected)
  })
})

test('what the objects cannot tell is named', () => {
  const filter = `---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: lua, namespace: default}
spec: {workloadSelector: {labels: {app: frontend}}}
`
  expect(decide(meshOf(filter), request()).unknown).toEqual(['EnvoyFilter default/lua'])
})

test('odd objects do not throw', () => {
  const mesh = meshOf(
    virtualService('odd', '{hosts: 5, http: {a: 1}}'),
    virtualService('odder', '{hosts: [myapp], http: [null, {match: [null], route: [{destination: 7}]}]}'),
    virtualService('bad', '{hosts: [api], http: [{match: [{uri: {regex: "("}}], route: []}]}'),
  )
  expect(decide(mesh, request({ host: 'api' })).considered[0]?.reason).toBe('"(" is not a regular expression')
  expect(() => decide(mesh, request())).not.toThrow()
})
