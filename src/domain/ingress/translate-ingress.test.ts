import { describe, expect, test } from 'vitest'
import { ingress, parse, request, service } from '../../../test/fixtures/routing.ts'
import { buildMesh } from '../istio/mesh.ts'
import { decide } from '../routing/route/resolve.ts'

const istioClass = `---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: istio}, spec: {controller: istio.io/ingress-controller}}
`
const otherClass = istioClass.replace('name: istio', 'name: other').replace('istio.io/', 'example.com/')
const world = service('shop') + service('next') + istioClass + otherClass

const path = (value: string, pathType: string, name = 'shop', port = '{number: 80}'): string =>
  `{path: "${value}", pathType: ${pathType}, backend: {service: {name: ${name}, port: ${port}}}}`
const rule = (host: string, ...paths: string[]): string =>
  `{${host === '' ? '' : `host: "${host}", `}http: {paths: [${paths.join(', ')}]}}`
const object = (name: string, rules: string, more = 'ingressClassName: istio', metadata = ''): string => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}, namespace: default${metadata}}
spec: {${more}, rules: [${rules}]}
`
const annotated = (value: string): string => `, annotations: {kubernetes.io/ingress.class: ${value}}`
const any = rule('', path('/', 'Prefix'))

const decideFor = (
  objects: string,
  host: string,
  at: string,
  config: Readonly<Record<string, string>> = {},
): string => {
  const mesh = buildMesh(parse(world + objects), { meshConfig: { title: 'mesh', config, values: {} } })
  const { status, destinations, reason } = decide(mesh, request({ from: ingress, host, path: at }))
  return (
    destinations.map(({ host: name }) => name.split('.')[0]).join() || `${String(status)} ${reason ?? ''}`
  )
}

// Each row is what istiod 1.31 and Envoy 1.40 do (fuzz/routing --ingress compares them).
describe('the paths of an Ingress', () => {
  test.each<[string, string, string, string]>([
    ['a prefix ends at a slash', rule('', path('/a', 'Prefix')), '/ab', '404 no-route'],
    ['a prefix takes what is below', rule('', path('/a/', 'Prefix')), '/a/b', 'shop'],
    ['an exact path takes nothing below', rule('', path('/a', 'Exact')), '/a/', '404 no-route'],
    [
      'the longest path decides, not the first',
      rule('', path('/', 'Prefix'), path('/a', 'Prefix', 'next')),
      '/a',
      'next',
    ],
    [
      'of equally long paths the exact one decides',
      rule('', path('/a', 'Prefix'), path('/a', 'Exact', 'next')),
      '/a',
      'next',
    ],
    ['a star is every path', rule('', path('/*', 'ImplementationSpecific')), '/x', 'shop'],
    ['a star after a path is a prefix', rule('', path('/a/*', 'ImplementationSpecific')), '/a/x', 'shop'],
    [
      'another path of no type is exact',
      rule('', path('/a', 'ImplementationSpecific')),
      '/a/x',
      '404 no-route',
    ],
    ['a port by its name', rule('', path('/', 'Prefix', 'shop', '{name: http}')), '/', 'shop'],
    [
      'a port that the Service does not have',
      rule('', path('/', 'Prefix', 'shop', '{name: no}')),
      '/',
      '404 no-virtual-host',
    ],
    ['a Service that there is not', rule('', path('/', 'Prefix', 'gone')), '/', 'gone'],
    ['a rule without paths', '{host: a.com}', '/', '404 no-virtual-host'],
  ])('%s', (_name, rules, at, expected) => {
    expect(decideFor(object('a', rules), 'a.com', at)).toBe(expected)
  })

  test('a Service that there is not answers as with a VirtualService: 503', () => {
    const mesh = buildMesh(parse(world + object('a', rule('', path('/', 'Prefix', 'gone')))))
    expect(decide(mesh, request({ from: ingress, host: 'a.com' })).status).toBe(503)
  })

  test('the rule is named by the object and its places', () => {
    const mesh = buildMesh(
      parse(world + object('a', rule('a.com', path('/x', 'Prefix'), path('/', 'Prefix')))),
    )
    expect(decide(mesh, request({ from: ingress, host: 'a.com' })).route).toMatchObject({
      kind: 'Ingress',
      namespace: 'default',
      name: 'a',
      rule: 0,
      match: 1,
    })
  })
})

describe('which Ingresses istiod serves', () => {
  test.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['of a class of its controller', object('a', any), {}, 'shop'],
    ['of that class where the mode is OFF', object('a', any), { ingressControllerMode: 'OFF' }, 'shop'],
    ['of another controller', object('a', any, 'ingressClassName: other'), {}, 'undefined no-listener'],
    ['of a class that there is not', object('a', any, 'ingressClassName: gone'), {}, 'undefined no-listener'],
    [
      'of a class that there is not, where the mode is DEFAULT',
      object('a', any, 'ingressClassName: gone'),
      { ingressControllerMode: 'DEFAULT' },
      'shop',
    ],
    [
      'the annotation comes before the class',
      object('a', any, 'ingressClassName: other', annotated('istio')),
      {},
      'shop',
    ],
    ['an annotation of another', object('a', any, 'x: 1', annotated('nginx')), {}, 'undefined no-listener'],
    [
      'an annotation that the mesh names',
      object('a', any, 'x: 1', annotated('edge')),
      { ingressClass: 'edge' },
      'shop',
    ],
    ['without a class', object('a', any, 'x: 1'), {}, 'undefined no-listener'],
    [
      'without a class, where the mode is DEFAULT',
      object('a', any, 'x: 1'),
      { ingressControllerMode: 'DEFAULT' },
      'shop',
    ],
    [
      'at a gateway of another Service',
      object('a', any),
      { ingressService: 'edge' },
      'undefined no-listener',
    ],
    ['at the usual gateway', object('a', any), { ingressSelector: '' }, 'shop'],
    [
      'without the default backend',
      object(
        'a',
        rule('b.com', path('/', 'Prefix')),
        'ingressClassName: istio, defaultBackend: {service: {name: shop, port: {number: 80}}}',
      ),
      {},
      '404 no-virtual-host',
    ],
  ])('%s', (_name, objects, settings, expected) => {
    expect(decideFor(objects, 'a.com', '/', settings)).toBe(expected)
  })
})

describe('several Ingresses and other rules for a host', () => {
  test('a host of two Ingresses is one list, the longest path first', () => {
    const objects =
      object('a', rule('a.com', path('/', 'Prefix'))) +
      object('b', rule('a.com', path('/b', 'Prefix', 'next')))
    expect(decideFor(objects, 'a.com', '/b')).toBe('next')
  })

  test('a wildcard host yields to the host itself, and is one label or more', () => {
    const objects = object(
      'a',
      `${rule('*.a.com', path('/', 'Prefix'))}, ${rule('x.a.com', path('/', 'Prefix', 'next'))}`,
    )
    expect(['x.a.com', 'y.a.com', 'y.z.a.com', 'a.com'].map(host => decideFor(objects, host, '/'))).toEqual([
      'next',
      'shop',
      'shop',
      '404 no-virtual-host',
    ])
  })

  test('an Ingress comes before a VirtualService of the same host, however old that is', () => {
    const istio = `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: default, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: old, namespace: default, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {hosts: [a.com], gateways: [edge], http: [{route: [{destination: {host: next}}]}]}
`
    const young = object(
      'a',
      rule('a.com', path('/a', 'Prefix')),
      undefined,
      ', creationTimestamp: "2026-01-01T00:00:00Z"',
    )
    expect([decideFor(istio + young, 'a.com', '/a'), decideFor(istio + young, 'a.com', '/b')]).toEqual([
      'shop',
      'next',
    ])
  })

  test('its TLS entry is a server of its own, for its hosts', () => {
    const objects = object(
      'a',
      rule('a.com', path('/', 'Prefix')),
      'ingressClassName: istio, tls: [{hosts: [a.com], secretName: cert}, {hosts: [b.com]}]',
    )
    const mesh = buildMesh(parse(world + objects))
    const over = (host: string): string => {
      const { outcome, reason } = decide(
        mesh,
        request({ from: ingress, host, port: 443, scheme: 'https', tls: 'simple' }),
      )
      return reason ?? outcome
    }
    expect([over('a.com'), over('b.com')]).toEqual(['forwarded', 'no-filter-chain'])
  })
})
