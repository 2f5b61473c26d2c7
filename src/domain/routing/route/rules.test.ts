import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import { buildMesh } from '../../istio/mesh.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { formatDuration, parseDuration } from './duration.ts'
import type { ObservedRequest } from '../explain-span.ts'
import { rulesForCluster } from '../explain-span.ts'
import { findUnreachableRules } from '../../checks/unreachable-rules.ts'

test.each<[string | undefined, number | undefined]>([
  ['1.5s', 1500],
  ['250ms', 250],
  ['1h30m', 5_400_000],
  ['100us', 0.1],
  ['-2s', -2000],
  ['0', 0],
  ['10', undefined],
  ['1 s', undefined],
  ['', undefined],
  [undefined, undefined],
])('duration %s', (text, expected) => {
  expect(parseDuration(text)).toBe(expected)
})

test.each<[number, string]>([
  [1500, '1.5s'],
  [250, '250ms'],
  [120_000, '2m'],
  [0, '0ms'],
])('%d milliseconds', (value, expected) => {
  expect(formatDuration(value)).toBe(expected)
})

const build = (rules: string): ReturnType<typeof buildMesh> =>
  buildMesh(
    parseAllDocuments(`
{apiVersion: v1, kind: Service, metadata: {name: myapp, namespace: default}, spec: {ports: [{port: 80}]}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: myapp}, spec: {hosts: [myapp], http: ${rules}}}
`).map(document => document.toJS() as KubernetesObject),
  )
const to = (subset: string): string => `route: [{destination: {host: myapp, subset: ${subset}}}]`

describe('unreachable rules', () => {
  test.each<[string, string, string[]]>([
    ['order is right', `[{match: [{uri: {prefix: /api/v2}}]}, {match: [{uri: {prefix: /api}}]}, {}]`, []],
    ['after a rule without match', `[{}, {match: [{uri: {prefix: /a}}]}]`, ['spec.http[1] 1']],
    [
      'a narrower prefix',
      `[{match: [{uri: {prefix: /api}}]}, {match: [{uri: {exact: /api/x}}]}]`,
      ['spec.http[1] 1'],
    ],
    [
      'one of two matches',
      `[{match: [{uri: {prefix: /a}}]}, {match: [{uri: {prefix: /a/b}}, {uri: {prefix: /c}}]}]`,
      ['spec.http[1].match[0] 1'],
    ],
    [
      'more headers',
      `[{match: [{headers: {a: {}}}]}, {match: [{headers: {a: {exact: x}, b: {exact: y}}}]}]`,
      ['spec.http[1] 1'],
    ],
    ['other headers', `[{match: [{headers: {a: {exact: x}}}]}, {match: [{headers: {b: {exact: y}}}]}]`, []],
    [
      'another method',
      `[{match: [{uri: {prefix: /a}, method: {exact: GET}}]}, {match: [{uri: {prefix: /a}}]}]`,
      [],
    ],
    ['some callers only', `[{match: [{sourceLabels: {app: x}}]}, {}]`, []],
    ['some gateway only', `[{match: [{gateways: [mesh]}]}, {}]`, []],
    [
      'ignoring case',
      `[{match: [{uri: {prefix: /A}, ignoreUriCase: true}]}, {match: [{uri: {prefix: /ab}}]}]`,
      ['spec.http[1] 1'],
    ],
    [
      'case the other way',
      `[{match: [{uri: {prefix: /a}}]}, {match: [{uri: {prefix: /ab}, ignoreUriCase: true}]}]`,
      [],
    ],
    ['a twin', `[{match: [{uri: {regex: "/x.*"}}]}, {match: [{uri: {regex: "/x.*"}}]}]`, ['spec.http[1] 1']],
  ])('%s', (_name, rules, expected) => {
    const [virtualService] = build(rules).virtualServices
    if (virtualService === undefined) throw new Error('no VirtualService')
    const found = findUnreachableRules(virtualService)
    expect(found.map(item => `${item.at ?? ''} ${String(item.earlier.rule + 1)}`)).toEqual(expected)
  })
})

describe('the rule of a span', () => {
  const mesh = build(`[{match: [{headers: {user-type: {exact: beta}}}], ${to('v2')}},
    {match: [{uri: {prefix: /v2}}], ${to('v2')}},
    {route: [{destination: {host: myapp, subset: v1}, weight: 90}, {destination: {host: myapp, subset: v2}, weight: 10}]}]`)
  const v1 = 'outbound|80|v1|myapp.default.svc.cluster.local'
  const v2 = 'outbound|80|v2|myapp.default.svc.cluster.local'
  test.each<[string, Partial<ObservedRequest>, string[]]>([
    ['headers known: beta', { headers: { 'user-type': 'beta' }, path: '/' }, ['0!']],
    ['headers known: others', { headers: {}, path: '/' }, ['2!']],
    ['headers unknown, by path', { path: '/v2/x' }, ['0', '1']],
    ['headers unknown', { path: '/' }, ['0', '2']],
    ['nothing known', {}, ['0', '1', '2']],
    ['only one rule leads there', { cluster: v1, path: '/' }, ['2!']],
    ['another cluster', { cluster: 'PassthroughCluster' }, []],
    ['the full name', { host: 'myapp.default.svc.cluster.local:80', headers: {}, path: '/' }, ['2!']],
  ])('%s', (_name, given, expected) => {
    const found = rulesForCluster(mesh, { host: 'myapp', cluster: v2, method: 'GET', ...given })
    expect(found.map(item => `${String(item.route.rule)}${item.isCertain ? '!' : ''}`)).toEqual(expected)
  })
})
