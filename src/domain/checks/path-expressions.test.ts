import { expect, test } from 'vitest'
import { parse, service } from '../../../test/fixtures/routing.ts'
import { buildMesh } from '../istio/mesh.ts'
import { pathExpressions } from './path-expressions.ts'

const found = (match: string): readonly string[] => {
  const objects = parse(`${service('api')}---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: default}
spec: {hosts: [api], http: [{match: [${match}], route: [{destination: {host: api}}]}]}
`)
  return pathExpressions({ objects, mesh: buildMesh(objects), isWholeCluster: false }).map(({ path }) =>
    path.replace('spec.http[0].match[0].', ''),
  )
}

test.each([
  // What takes the query for a part of the path.
  String.raw`/orders\?page=.*`,
  String.raw`/orders\?.*`,
  '.*beta=1.*',
  '.*[?&]debug=true.*',
  String.raw`/a(\?x|\?y)`,
  String.raw`(/a\?b|/b\?c)`,
  // What begins with something else than a slash.
  'v3',
  'v3/.*',
  '(?i)orders.*',
  '(api|web)/.*',
  '[a-z]+/x',
  String.raw`\w+/x`,
  '[^/]+/x',
  'x|y',
  '^v1$',
  // What is written as in JavaScript.
  String.raw`/\/v2\/list/gi`,
])('the expression %s is told', expression => {
  expect(found(`{uri: {regex: '${expression}'}}`)).toEqual(['uri.regex'])
})

test.each([
  String.raw`/orders(\?.*)?`,
  String.raw`/orders(\?.*|$)`,
  String.raw`/orders\??`,
  '/orders/[0-9]+',
  '/a=b/c',
  '/matrix;version=1',
  '/[?]?x',
  '.*',
  '.+',
  String.raw`.*\.(js|css)`,
  '(/x|/y)',
  'x|/y',
  '(?i)/cart.*',
  '^/v1$',
  String.raw`\/a\/b`,
  '[/]a',
  '[+-9]a',
  String.raw`\W.*`,
  '(?:api)?/x',
  '[^a]x',
  // What is no expression is refused elsewhere.
  '/(',
])('the expression %s is silent', expression => {
  expect(found(`{uri: {regex: '${expression}'}}`)).toEqual([])
})

test.each<[string, readonly string[]]>([
  ['{uri: {exact: "/a?b=1"}}', ['uri.exact']],
  ['{uri: {prefix: v1}}', ['uri.prefix']],
  ['{uri: {exact: "https://shop.example.com/a"}}', ['uri.exact']],
  ['{uri: {prefix: "/a/*"}}', ['uri.prefix']],
  ['{uri: {exact: "/a#b"}}', ['uri.exact']],
  ['{method: {exact: get}}', ['method.exact']],
  ['{scheme: {exact: HTTPS}}', ['scheme.exact']],
  ['{uri: {prefix: /}}', []],
  ['{uri: {exact: "*"}}', []],
  ['{uri: {exact: /a}, method: {exact: GET}, scheme: {exact: https}}', []],
])('the match %s', (match, expected) => {
  expect(found(match)).toEqual(expected)
})

test('the expression of a route of the Gateway API is told once, whatever the number of its hosts', () => {
  const objects = parse(`${service('api')}---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec: {gatewayClassName: istio, listeners: [{name: web, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: default}
spec:
  parentRefs: [{name: edge}]
  hostnames: [a.example.com, b.example.com]
  rules: [{matches: [{path: {value: /ok}}, {path: {type: RegularExpression, value: 'v1/.*'}}], backendRefs: [{name: api, port: 80}]}]
`)
  const findings = pathExpressions({ objects, mesh: buildMesh(objects), isWholeCluster: false })
  expect(findings.map(({ object, path }) => `${object.kind} ${path}`)).toEqual([
    'HTTPRoute spec.rules[0].matches[1].path.value',
  ])
})
