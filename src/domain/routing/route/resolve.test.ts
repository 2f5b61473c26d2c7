import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  ingress,
  meshOf,
  parse,
  request,
  services,
  summarize,
  to,
  virtualService,
} from '../../../../test/fixtures/routing.ts'
import { buildMesh } from '../../istio/mesh.ts'
import type { RoutingRequest } from '../request.ts'
import { decide } from './resolve.ts'

describe('the tutorial', () => {
  const folder = new URL('../../../../test/fixtures/tutorial/', import.meta.url)
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
      'path "/x" does not match the expression "/r[0-9]+": an expression must match the whole path, without the query',
      'method is "GET", not "POST"',
      'query parameter debug is absent',
      'header cookie is present',
      'the caller\'s label app is "frontend", not "cart"',
      'the rule is for port 8080, not 80',
      'the rule is for a gateway (default/edge), not the mesh',
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
