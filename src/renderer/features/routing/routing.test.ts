// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, test } from 'vitest'
import { effectScope } from 'vue'
import { buildMesh } from '../../../domain/istio/mesh.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import { drafts, openText } from '../../state/drafts.ts'
import { formatLabels, readLabels } from './labels.ts'
import { objectsOfText, overlayText } from '../../../domain/kubernetes/overlay-objects.ts'
import { describePolicy } from './policy-words.ts'
import { describeCondition, readRoute } from './read-route.ts'
import { likelyUrl, readHeader, readRequest } from './request-input.ts'
import { findRouteProblems } from './route-problems.ts'
import { highlightOf, selectionAt } from './selection.ts'
import { useRoutingDraft } from './use-routing-draft.ts'
import WeightHandle from './WeightHandle.vue'

const canary = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: myapp
spec:
  hosts:
  - myapp
  http:
  # beta users
  - match:
    - headers:
        user-type:
          exact: beta
    route:
    - destination:
        host: myapp
        subset: v2
  - route:
    - destination:
        host: myapp
        subset: v1
      weight: 90
    - destination:
        host: myapp
        subset: v2
      weight: 10
`
const document = (text: string) => {
  const [found] = parseManifest(text).documents
  if (found === undefined) throw new Error('no document')
  return found
}

describe('readRoute', () => {
  test('rules as cards', () => {
    const { hosts, rules } = readRoute(document(canary).value)
    expect(hosts).toEqual(['myapp'])
    expect(rules.map(({ title }) => title)).toEqual(['header user-type is beta', 'everyone else'])
    expect(rules[1]?.destinations.map(({ label, weight }) => [label, weight])).toEqual([
      ['v1', 90],
      ['v2', 10],
    ])
    expect(rules[0]?.destinations[0]?.weight).toBe(100)
  })

  test.each([
    [undefined],
    [null],
    ['x'],
    [{ spec: { http: 'x' } }],
    [{ spec: { http: [null, { route: {} }] } }],
  ])('never throws: %j', value => expect(readRoute(value).hosts).toEqual([]))

  test('what a chip says', () => {
    const { rules } = readRoute({
      spec: {
        http: [{ match: [{ uri: { prefix: '/a' }, port: 80, headers: { x: {} }, ignoreUriCase: true }] }],
      },
    })
    expect(rules[0]?.matches[0]?.conditions.map(describeCondition)).toEqual([
      'path begins with /a',
      'header x matches .*',
      'port is 80',
    ])
    expect(rules[0]?.matches[0]?.others).toEqual(['ignoreUriCase'])
  })
})

describe('findRouteProblems', () => {
  const service = (name: string): string =>
    `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {selector: {app: ${name}}, ports: [{port: 80}]}\n`
  const rule = `---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: myapp}\nspec: {host: myapp, subsets: [{name: v1, labels: {version: v1}}]}\n`
  test.each([
    ['no Service', canary, /no Service myapp/],
    ['no subset', canary + service('myapp') + rule, /defines subset v2/],
    ['weights', canary.replace('90', '70') + service('myapp'), /sum to 80, not 100.*v1 88 %, v2 13 %/],
    ['no weights', canary.replace('90', '0').replace('10', '0') + service('myapp'), /All weights are 0/],
    [
      'unreachable',
      canary.replace(/ {2}- match:[\s\S]*?exact: beta\n {4}route/, '  - route') + service('myapp'),
      /never takes a request/,
    ],
  ])('%s', (_, text, message) => {
    const objects = objectsOfText(parseManifest(text), 'default')
    const [object] = objects
    const found = findRouteProblems(buildMesh(objects), readRoute(object), object!)
    expect(found.map(problem => problem.message).join('\n')).toMatch(message)
  })

  test('a draft takes the place of the live object and keeps its age', () => {
    const [live] = objectsOfText(parseManifest(canary), 'default')
    const aged = { ...live!, metadata: { ...live!.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } }
    const [placed, ...rest] = overlayText([aged], canary.replace('90', '50'), 'default')
    expect(rest).toEqual([])
    expect(placed?.metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z')
    expect(JSON.stringify(placed)).toContain('"weight":50')
  })
})

test('a card lights up its lines with the comment, and a line selects its card', () => {
  const shown = { document: document(canary), text: canary }
  expect(highlightOf(shown, ['spec', 'http', 0])).toEqual({ fromLine: 9, toLine: 17 })
  expect(selectionAt(shown, canary.indexOf('weight: 10'))).toEqual(['spec', 'http', 1, 'route', 1])
  expect(selectionAt(shown, canary.indexOf('exact'))).toEqual(['spec', 'http', 0])
  expect(selectionAt(shown, 3)).toBeUndefined()
})

test.each([
  ['user-type: beta', { name: 'user-type', value: 'beta' }],
  ['X-A=1', { name: 'x-a', value: '1' }],
  ['no colon', undefined],
])('the header %s', (text, expected) => expect(readHeader(text)).toEqual(expected))

test('a request of an address', () => {
  const from = { kind: 'workload', namespace: 'default', labels: {} } as const
  expect(readRequest('http://api:8080/a?b=1', 'POST', [], from)).toMatchObject({
    host: 'api',
    port: 8080,
    path: '/a?b=1',
    method: 'POST',
    tls: 'none',
  })
  expect(readRequest('https://shop.example.com', 'GET', [], from)).toMatchObject({ port: 443, tls: 'simple' })
  expect(readRequest('http://', 'GET', [], from)).toMatch(/not an address/)
  expect(likelyUrl(readRoute(document(canary).value))).toBe('http://myapp/')
})

test.each([
  ['version=v1, app: x', { version: 'v1', app: 'x' }],
  ['', undefined],
  ['no label', undefined],
])('labels of %j', (text, expected) => expect(readLabels(text)).toEqual(expected))
test('labels as text', () => expect(formatLabels({ a: '1', b: '2' })).toBe('a=1, b=2'))

test('a traffic policy in words', () => {
  expect(
    describePolicy({
      connectionPool: { tcp: { maxConnections: 100 } },
      outlierDetection: { consecutiveErrors: 5, interval: '30s' },
      portLevelSettings: [],
    }),
  ).toEqual([
    'at most 100 connections',
    'looked at every 30s',
    'consecutiveErrors 5 (no longer read; consecutive5xxErrors takes its place)',
    'portLevelSettings',
  ])
})

describe('useRoutingDraft', () => {
  let id = ''
  beforeEach(() => {
    drafts.value = new Map()
    id = openText({ kind: 'pasted', title: 'canary' }, canary)
  })
  const open = () =>
    effectScope().run(() =>
      useRoutingDraft(
        () => id,
        () => 0,
      ),
    )!
  const weights = (first: number) => ({ kind: 'setWeights', rule: 1, weights: [first, 100 - first] }) as const

  test('a gesture changes the text, undoes as one, and says what differs', () => {
    const draft = open()
    draft.edit(weights(70), 'drag')
    draft.edit(weights(50), 'drag')
    expect(draft.text.value).toBe(canary.replace('90', '50').replace('10', '50'))
    expect(draft.difference.value).toBe('2 numbers changed')
    draft.undo()
    expect(draft.text.value).toBe(canary)
    draft.redo()
    expect(draft.difference.value).toBe('2 numbers changed')
  })

  test('broken text keeps the last good form', () => {
    const draft = open()
    draft.setText(`${canary}  tcp: [`)
    expect(draft.isBroken.value).toBe(true)
    expect(draft.problems.value[0]?.line).toBeGreaterThan(20)
    expect(readRoute(draft.shown.value?.document.value).rules).toHaveLength(2)
    draft.edit(weights(50))
    expect(draft.refusal.value?.code).toBe('bad-input')
    draft.setText(canary)
    expect(draft.isBroken.value).toBe(false)
  })
})

test.each([
  ['ArrowRight', false, 45, 5],
  ['ArrowLeft', true, 39, 1],
  ['Home', false, 0, 5],
  ['End', false, 100, 5],
  ['PageUp', false, 50, 5],
])('%s on a handle (Shift: %s) asks for %i', async (key, shiftKey, value, step) => {
  const handle = mount(WeightHandle, {
    props: { weight: 40, label: 'Weight of v1 in rule 2', colour: 'red' },
  })
  await handle.get('[role=slider]').trigger('keydown', { key, shiftKey })
  expect(handle.emitted('shift')).toEqual([[value, step]])
})
