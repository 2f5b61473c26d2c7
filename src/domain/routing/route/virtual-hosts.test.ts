import { describe, expect, test } from 'vitest'
import { ingress, meshOf, service, summarize, to, virtualService } from '../../../../test/fixtures/routing.ts'
import type { RoutingRequest } from '../request.ts'

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
