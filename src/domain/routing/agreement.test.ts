import { describe, expect, test } from 'vitest'
import {
  ingress,
  meshOf,
  request,
  service,
  summarize,
  to,
  virtualService,
} from '../../../test/fixtures/routing.ts'
import type { RoutingRequest } from './request.ts'
import { decide } from './route/resolve.ts'

// Where random configurations once were decided otherwise than by istiod 1.31 and Envoy 1.40; the answers are theirs.

const sidecar = (spec: string): string => `---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: default}
spec: ${spec}
`
const entry = (spec: string, created = '2026-01-01T00:00:00Z'): string => `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: entry, namespace: default, creationTimestamp: "${created}"}
spec: ${spec}
`
const gateway = (name: string, servers: string, created = '2026-01-01T00:00:00Z'): string => `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: ${name}, namespace: default, creationTimestamp: "${created}"}
spec: {selector: {istio: ingressgateway}, servers: ${servers}}
`
/** A service whose port's protocol must be detected, so that the proxy listens at its address. */
const detected = `---
apiVersion: v1
kind: Service
metadata: {name: plain, namespace: default}
spec: {clusterIP: 10.96.0.9, ports: [{port: 8080, name: web}], selector: {app: plain}}
`
const vs = (rules: string, more = ''): string =>
  virtualService('myapp', `{hosts: [myapp], ${more}http: ${rules}}`)

describe('in the mesh', () => {
  test.each<[string, string[], Partial<RoutingRequest>, string]>([
    [
      'a name in capitals is no service, though its VirtualService is found',
      [vs(`[{${to('API.DEFAULT.SVC.CLUSTER.LOCAL')}}]`)],
      {},
      '503 no-destination',
    ],
    [
      'a wildcard takes a service from the VirtualService that names it in capitals',
      [
        virtualService('a', `{hosts: ["*.local"], http: [{${to('api')}}]}`),
        virtualService('b', `{hosts: [MYAPP.DEFAULT.SVC.CLUSTER.LOCAL], http: [{${to('service')}}]}`),
      ],
      {},
      'outbound|80||api 100',
    ],
    [
      'a port that only others have is passed on',
      [service('other', 'default', 8080)],
      { port: 8080 },
      'PassthroughCluster 100',
    ],
    [
      'a delegate whose match is not within its parent’s is left out',
      [
        vs(`[{match: [{uri: {prefix: /api}}], delegate: {name: child}}, {${to('service')}}]`),
        virtualService('child', `{http: [{match: [{uri: {prefix: /}}], ${to('api')}}]}`),
      ],
      { path: '/api' },
      'outbound|80||service 100',
    ],
    [
      'an object with hosts is no delegate',
      [
        vs(`[{delegate: {name: child}}, {${to('service')}}]`),
        virtualService('child', `{hosts: [other], http: [{${to('api')}}]}`),
      ],
      {},
      'outbound|80||service 100',
    ],
    [
      'a wildcard ServiceEntry and a wider VirtualService',
      [
        entry('{hosts: ["*.a.com"], ports: [{number: 8080, name: http, protocol: HTTP}]}'),
        virtualService('wide', `{hosts: ["*.com"], http: [{${to('api')}}]}`),
      ],
      { host: 'x.a.com', port: 8080 },
      '503 no-destination',
    ],
    [
      'a host that a Sidecar takes out',
      [sidecar('{egress: [{hosts: ["*/*", "~default/myapp.default.svc.cluster.local"]}]}')],
      {},
      'PassthroughCluster 100',
    ],
    [
      'a host in capitals is not what a Sidecar imports',
      [
        virtualService('loud', `{hosts: [MYAPP.DEFAULT.SVC.CLUSTER.LOCAL], http: [{${to('api')}}]}`),
        sidecar('{egress: [{hosts: ["*/myapp.default.svc.cluster.local"]}]}'),
      ],
      { host: 'myapp' },
      'outbound|80||myapp 100',
    ],
    [
      'a Sidecar’s listener for a port has its own hosts',
      [
        service('other', 'default', 8080),
        sidecar(
          '{egress: [{port: {number: 8080, protocol: HTTP, name: http}, hosts: ["shop/*"]}, {hosts: ["*/*"]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}',
        ),
      ],
      { host: 'other', port: 8080 },
      '502 no-virtual-host',
    ],
    [
      'a Sidecar’s listener for HTTP reads a port that its service declares as TLS',
      [
        service('sealed', 'default', 8080).replace('name: http', 'appProtocol: https, name: http'),
        sidecar(
          '{egress: [{port: {number: 8080, protocol: HTTP, name: http}, hosts: ["*/*"]}, {hosts: ["*/*"]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}',
        ),
      ],
      { host: 'deep.example.com', port: 8080 },
      '502 no-virtual-host',
    ],
    [
      'a detected service behind a Sidecar’s listener that lacks it',
      [
        detected,
        sidecar(
          '{egress: [{port: {number: 8080, protocol: HTTP, name: http}, hosts: ["shop/*"]}, {hosts: ["*/*"]}]}',
        ),
      ],
      { host: 'plain', port: 8080 },
      '404 no-route',
    ],
    [
      'a policy that says nothing is REGISTRY_ONLY',
      [sidecar('{outboundTrafficPolicy: {}}')],
      { host: 'unknown.org' },
      '502 no-virtual-host',
    ],
    [
      'the address of a detected service',
      [detected],
      { host: '10.96.0.9', port: 8080 },
      'outbound|8080||plain 100',
    ],
    ['a name with a final dot', [], { host: 'myapp.default.svc.cluster.local.' }, 'outbound|80||myapp 100'],
  ])('%s', (_name, objects, given, expected) => {
    expect(summarize(meshOf(...objects), given)).toBe(expected)
  })
})

describe('through a gateway', () => {
  const bound = (name: string, hosts: string, rules: string, gateways = 'edge'): string =>
    virtualService(name, `{hosts: ${hosts}, gateways: [${gateways}], http: [${rules}]}`)
  const http = (hosts: string, more = ''): string =>
    `{port: {number: 80, name: http, protocol: HTTP}, hosts: ${hosts}${more}}`
  test.each<[string, string[], Partial<RoutingRequest>, string]>([
    [
      'a server that redirects and names a host again is left out',
      [
        gateway('edge', `[${http('["*.a.com"]', ', tls: {httpsRedirect: true}')}]`, '2025-01-01T00:00:00Z'),
        gateway('later', `[${http('["*.a.com", b.com]', ', tls: {httpsRedirect: true}')}]`),
        gateway('plain', `[${http('["*"]')}]`),
        bound('b', '[b.com]', `{${to('api')}}`, 'plain'),
      ],
      { host: 'b.com' },
      'outbound|80||api 100',
    ],
    [
      'httpsRedirect keeps the port that was asked for, and a normalized path',
      [gateway('edge', `[${http('["*"]', ', tls: {httpsRedirect: true}')}]`)],
      { host: 'a.com:80', path: '/x/../y?z' },
      '301 tls-redirect https://a.com:80/y?z',
    ],
    [
      'what follows a rule without match does not come before it',
      [
        gateway('edge', `[${http('["*"]')}]`),
        bound('a', '[a.com]', `{${to('api')}}, {match: [{uri: {prefix: /x}}], ${to('service')}}`),
      ],
      { host: 'a.com', path: '/x' },
      'outbound|80||api 100',
    ],
    [
      'an expression for all paths comes last too',
      [
        gateway('edge', `[${http('["*"]')}]`),
        bound('a', '[a.com]', `{match: [{uri: {regex: ".*"}}], ${to('api')}}`),
        bound('b', '[a.com]', `{match: [{uri: {prefix: /x}}], ${to('service')}}`),
      ],
      { host: 'a.com', path: '/x' },
      'outbound|80||service 100',
    ],
    [
      'a VirtualService without a rule for the proxy leaves the host to a wildcard',
      [
        gateway('edge', `[${http('["*"]')}]`),
        bound('a', '[a.com]', `{match: [{sourceLabels: {app: x}}], ${to('api')}}`),
        bound('b', '["*"]', `{${to('service')}}`),
      ],
      { host: 'a.com' },
      'outbound|80||service 100',
    ],
  ])('%s', (_name, objects, given, expected) => {
    expect(summarize(meshOf(...objects), { from: ingress, ...given })).toBe(expected)
  })
})

describe('what a rule does', () => {
  test.each<[string, string, Partial<RoutingRequest>, string]>([
    [
      'the prefix of the match is replaced',
      '[{match: [{uri: {prefix: /api}}], redirect: {prefixRewrite: /new}}]',
      { path: '/api/x?y' },
      'http://myapp/new/x?y',
    ],
    [
      'without a match the first slash is',
      '[{redirect: {prefixRewrite: /new}}]',
      { path: '/api' },
      'http://myapp/newapi',
    ],
    [
      'the port that was asked for stays',
      '[{redirect: {scheme: http, uri: /x}}]',
      { host: 'myapp:80' },
      'http://myapp:80/x',
    ],
    [
      'unless the scheme has another',
      '[{redirect: {scheme: https, uri: /x}}]',
      { host: 'myapp:80' },
      'https://myapp/x',
    ],
    [
      'unless the redirect names one',
      '[{redirect: {scheme: https, port: 8443}}]',
      { host: 'myapp:80' },
      'https://myapp:8443/',
    ],
    ['a query of its own', '[{redirect: {uri: "/x?a=1"}}]', { path: '/?b=2' }, 'http://myapp/x?a=1'],
  ])('redirect: %s', (_name, rules, given, expected) => {
    expect(decide(meshOf(vs(rules)), request(given)).location).toBe(expected)
  })

  test.each<[string, string, object]>([
    [
      'the only destination’s changes are made with the rule’s: set, then add',
      '[{headers: {request: {add: {x-a: rule}}}, route: [{destination: {host: api}, headers: {request: {set: {x-a: own}}}}]}]',
      { request: { headers: { 'x-a': 'own, rule' } } },
    ],
    [
      'one of several makes its own changes first',
      '[{headers: {request: {set: {x-a: rule}}}, route: [{destination: {host: api}, weight: 50, headers: {request: {set: {x-a: own, x-b: own}}}}, {destination: {host: service}, weight: 50}]}]',
      {
        request: { headers: { 'x-a': 'rule' } },
        destinations: [{ request: { headers: { 'x-a': 'rule', 'x-b': 'own' } } }, { weight: 50 }],
      },
    ],
    ['a path leaves normalized', '[{route: [{destination: {host: api}}]}]', { request: { path: '/b' } }],
    [
      'a prefix of nothing takes all, and its rewrite comes before the whole path',
      '[{match: [{uri: {prefix: ""}}], rewrite: {uri: /new}, route: [{destination: {host: api}}]}]',
      { request: { path: '/new/b' } },
    ],
  ])('%s', (_name, rules, expected) => {
    expect(decide(meshOf(vs(rules)), request({ path: '/a/../b' }))).toMatchObject(expected)
  })
})
