import { describe, expect, test } from 'vitest'
import { buildMesh } from '../../../domain/istio/mesh.ts'
import { objectsOfText } from '../../../domain/kubernetes/overlay-objects.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import { routedKinds } from '../../state/routed-kinds.ts'
import type { ObjectModel, SectionModel } from './cards/object-model.ts'
import { describeChip } from './cards/object-model.ts'
import { percentagesOf } from './cards/percentages-of.ts'
import { findHostProblems, findSubsetProblems } from './destination-rule/find-policy-problems.ts'
import { explainPolicy } from './destination-rule/explain-policy.ts'
import { readPortSettings } from './destination-rule/read-port-settings.ts'
import { findRoutedKind, objectKinds } from './object-kinds.ts'
import { readDestinationRuleForm } from './policy-words.ts'
import { summarize, titleOf } from './summarize.ts'
import { readConnectionRules } from './virtual-service/read-connection-rules.ts'

const services = `
apiVersion: v1
kind: Service
metadata: {name: myapp}
spec: {selector: {app: myapp}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: myapp-1, labels: {app: myapp, version: v1}}
spec: {containers: [{name: app}, {name: istio-proxy}]}
`
const mesh = buildMesh(objectsOfText(parseManifest(services), 'default'))
const place = { mesh, namespace: 'default', hosts: ['myapp', 'api'] }

const httpRoute = `# kept
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
spec:
  parentRefs: [{name: gw, sectionName: http}]
  hostnames: [shop.example.com]
  rules:
  - matches:
    - path: {type: PathPrefix, value: /api} # the api
      headers:
      - {name: user-type, value: beta}
    - method: POST
    filters:
    - type: RequestRedirect
      requestRedirect: {scheme: https, statusCode: 301}
    backendRefs:
    - {name: myapp, port: 80, weight: 3}
    - {name: api, port: 8080, weight: 1}
  - backendRefs:
    - {name: myap, port: 80}
`
const read = (text: string): ObjectModel => {
  const document = parseManifest(text).documents[0]
  const kind = findRoutedKind(document?.apiVersion?.split('/')[0] ?? '', document?.kind ?? '')
  if (kind?.read === undefined) throw new Error('no form')
  return kind.read(document?.value, { mesh, namespace: 'default' })
}
const chipsOf = (model: ObjectModel, section = 0, card = 0): readonly string[] =>
  model.sections[section]?.cards[card]?.lines.flatMap(({ chips }) => chips.map(describeChip)) ?? []

test('the list offers the kinds that have a form', () =>
  expect(objectKinds.map(({ group, kind }) => `${group}/${kind}`)).toEqual(routedKinds))

test.each(objectKinds.filter(({ read: reader }) => reader !== undefined))(
  'the form of $group $kind never throws',
  ({ read: reader }) => {
    for (const value of [
      undefined,
      null,
      'x',
      [],
      { spec: 'x' },
      { spec: { rules: 'x', servers: [null], listeners: [1], ports: {}, routes: [[]], parentRefs: [null] } },
      { spec: { rules: [null, { matches: [null], filters: ['x'], backendRefs: [null] }] } },
    ])
      expect(reader?.(value, { mesh, namespace: 'default' }).sections).toBeDefined()
  },
)

describe('an HTTPRoute as cards', () => {
  test('chips, filters and shares', () => {
    const model = read(httpRoute)
    expect(model.lines[0]?.chips.map(describeChip)).toEqual(['Gateway gw · listener http'])
    expect(chipsOf(model)).toEqual([
      'path begins with /api',
      'header user-type is beta',
      'method POST',
      'redirect https 301',
    ])
    const targets = model.sections[0]?.cards[0]?.targets?.targets ?? []
    expect(percentagesOf(targets.map(({ weight }) => weight))).toEqual([75, 25])
  })
  test('backends that are not there, with a fix', () => {
    const [first, second] = read(httpRoute).sections[0]?.cards ?? []
    expect(first?.targets?.targets[1]?.problems).toMatchObject([
      { message: 'Service api has no port 8080', fix: { title: 'Use port 80' } },
    ])
    expect(second?.targets?.targets[0]?.problems[0]?.fix).toEqual({
      title: 'Send to myapp',
      edits: [{ kind: 'setPath', path: ['spec', 'rules', 1, 'backendRefs', 0, 'name'], value: 'myapp' }],
    })
  })
  test.each([
    [
      'rules: [{backendRefs: [{name: api, port: 80}]}, {backendRefs: [{name: api, port: 80}]}]',
      1,
      /rule 1 asks for the same/,
    ],
    ['rules: [{backendRefs: [{name: api, port: 80, weight: 0}]}]', 0, /All weights are 0/],
    ['rules: [{}]', 0, /names no backend/],
  ])('%s', (rules, card, message) => {
    const text = `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: {${rules}}\n`
    const problems = read(text).sections[0]?.cards[card]?.problems ?? []
    expect(problems.map(problem => problem.message).join()).toMatch(message)
  })
})

test('TLS rules of a VirtualService', () => {
  const value = {
    spec: {
      hosts: ['a.example.com'],
      tls: [
        {
          match: [
            { port: 443, sniHosts: ['a.example.com', 'b.example.com'] },
            { sourceLabels: { app: 'x' } },
          ],
          route: [
            { destination: { host: 'myapp' }, weight: 30 },
            { destination: { host: 'api' }, weight: 30 },
          ],
        },
      ],
    },
  }
  const section: SectionModel = readConnectionRules(value, 'tls', place)
  expect(section.cards[0]?.lines.map(({ lead, chips }) => [lead, ...chips.map(describeChip)])).toEqual([
    ['', 'server name a.example.com, b.example.com', 'port 443'],
    ['or', 'caller labels app=x'],
  ])
  expect(section.cards[0]?.problems[0]).toMatchObject({
    message: 'The weights sum to 60, not 100: Istio shares requests as myapp 50 %, api 50 %',
    fix: { edits: [{ kind: 'setWeights', list: 'tls', rule: 0, weights: [50, 50] }] },
  })
  expect(section.example).toMatchObject({ match: [{ sniHosts: ['a.example.com'] }] })
})

describe('a DestinationRule', () => {
  const rule = (host: string, version: string) =>
    readDestinationRuleForm({ spec: { host, subsets: [{ name: version, labels: { version } }] } })
  test('a host near a Service', () =>
    expect(findHostProblems(place, rule('myap', 'v1'))[0]?.fix?.title).toBe('Use myapp'))
  test.each([
    ['v1', undefined],
    ['v2', 'Use version=v1'],
    ['something', 'Remove this subset'],
  ])('subset %s: %s', (version, fix) => {
    const model = rule('myapp', version)
    expect(findSubsetProblems(place, model, model.subsets[0]!)[0]?.fix?.title).toBe(fix)
  })
  test('what the numbers mean', () => {
    const sentences = explainPolicy({
      connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 10 } },
      outlierDetection: { consecutive5xxErrors: 3, baseEjectionTime: '1m' },
    }).join(' ')
    expect(sentences).toContain('at most 1 connection to')
    expect(sentences).toContain('10 requests wait for a free connection; more are answered with 503')
    expect(sentences).toContain('no requests for 1m after 3 errors in a row')
    expect(sentences).toContain('10 %')
    expect(explainPolicy({})).toEqual([])
  })
  test('ports of their own', () =>
    expect(
      readPortSettings({ portLevelSettings: [{ port: { number: 80 }, tls: { mode: 'DISABLE' } }] }, ['spec'])
        .cards[0]?.title,
    ).toBe('port 80'))
})

test.each([
  ['networking.istio.io/v1', 'VirtualService', { hosts: ['a', 'b'], http: [1, 2] }, 'a, b', '2 rules'],
  ['networking.istio.io/v1', 'Gateway', { servers: [{ hosts: ['*'] }] }, '*', '1 server'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute', { parentRefs: [{ name: 'gw' }], rules: [1] }, 'gw', '1 rule'],
])('a row of %s %s', (apiVersion, kind, spec, hosts, words) =>
  expect(summarize({ apiVersion, kind, metadata: { name: 'x' }, spec })).toEqual({ hosts, words }),
)
test('headings', () =>
  expect(
    ['networking.istio.io/ServiceEntry', 'policy.linkerd.io/Server', 'gateway.networking.k8s.io/Gateway'].map(
      titleOf,
    ),
  ).toEqual(['ServiceEntries', 'Servers (Linkerd)', 'Gateways (Gateway API)']))
