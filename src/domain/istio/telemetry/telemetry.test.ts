import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { applyTags, evaluateTag, metricTags, overridesFor } from './metric-tags.ts'
import { readTelemetries } from './telemetry.ts'

const telemetry = (
  name: string,
  namespace: string,
  spec: string,
  createdAt = '2026-01-01T00:00:00Z',
): KubernetesObject => ({
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  metadata: { name, namespace, creationTimestamp: createdAt },
  spec: parse(spec) as unknown,
})
const tag = (name: string, value: string, match = ''): string =>
  `{metrics: [{overrides: [{${match}tagOverrides: {${name}: {value: "${value}"}}}]}]}`
const web = { namespace: 'shop', labels: { app: 'web' } }
const tagsOf = (objects: readonly KubernetesObject[], mode: 'CLIENT' | 'SERVER' = 'CLIENT') =>
  metricTags(overridesFor(readTelemetries(objects), web, 'istio-system'), 'REQUEST_COUNT', mode)

describe('which overrides count', () => {
  test.each<[string, readonly KubernetesObject[], string | undefined]>([
    ['none', [], undefined],
    ["the mesh's", [telemetry('a', 'istio-system', tag('t', "'mesh'"))], "'mesh'"],
    [
      "the namespace's over the mesh's",
      [telemetry('a', 'istio-system', tag('t', "'mesh'")), telemetry('b', 'shop', tag('t', "'shop'"))],
      "'shop'",
    ],
    [
      "the workload's over the namespace's",
      [
        telemetry('b', 'shop', tag('t', "'shop'")),
        telemetry('c', 'shop', `{selector: {matchLabels: {app: web}}, ${tag('t', "'web'").slice(1)}`),
      ],
      "'web'",
    ],
    [
      'not of another workload',
      [telemetry('c', 'shop', `{selector: {matchLabels: {app: api}}, ${tag('t', "'x'").slice(1)}`)],
      undefined,
    ],
    ['not of another namespace', [telemetry('b', 'other', tag('t', "'x'"))], undefined],
    [
      'the oldest of a level',
      [
        telemetry('young', 'shop', tag('t', "'young'"), '2026-02-01T00:00:00Z'),
        telemetry('old', 'shop', tag('t', "'old'"), '2026-01-01T00:00:00Z'),
      ],
      "'old'",
    ],
    [
      'not of another provider',
      [
        telemetry(
          'a',
          'shop',
          `{metrics: [{providers: [{name: otel}], overrides: [{tagOverrides: {t: {value: "'x'"}}}]}]}`,
        ),
      ],
      undefined,
    ],
    [
      'of another metric',
      [telemetry('a', 'shop', tag('t', "'x'", 'match: {metric: REQUEST_SIZE}, '))],
      undefined,
    ],
    ['of all metrics', [telemetry('a', 'shop', tag('t', "'x'", 'match: {metric: ALL_METRICS}, '))], "'x'"],
    ['of servers only', [telemetry('a', 'shop', tag('t', "'x'", 'match: {mode: SERVER}, '))], undefined],
  ])('%s', (_name, objects, expected) => {
    const change = tagsOf(objects).tags['t']
    expect(change?.operation === 'upsert' ? change.expression : undefined).toBe(expected)
  })

  test('a metric is turned off, and on again where that is said closer by', () => {
    const off = telemetry('a', 'istio-system', '{metrics: [{overrides: [{disabled: true}]}]}')
    const on = telemetry('b', 'shop', '{metrics: [{overrides: [{disabled: false}]}]}')
    expect(tagsOf([off]).isDisabled).toBe(true)
    expect(tagsOf([off, on]).isDisabled).toBe(false)
  })
})

test.each([
  ["'text'", 'text'],
  ['"text"', 'text'],
  ['7', '7'],
  ['request.protocol', 'HTTP/1.1'],
  ['response.code', '200'],
  ["request.headers['User-Type']", 'beta'],
  ["request.headers['absent']", 'unknown'],
  ['request.absent', 'unknown'],
  ['request.headers', 'unknown'],
  ['request.protocol + "x"', 'unknown'],
])('the expression %s is %s', (expression, expected) => {
  const attributes = {
    'request.protocol': 'HTTP/1.1',
    'response.code': 200,
    'request.headers': { 'user-type': 'beta' },
  }
  expect(evaluateTag(expression, attributes)).toBe(expected)
})

test('labels are changed at their place, removed, and added at the end', () => {
  const changed = applyTags(
    [
      ['a', '1'],
      ['b', '2'],
    ],
    {
      a: { operation: 'upsert', expression: "'x'" },
      b: { operation: 'remove' },
      c: { operation: 'upsert', expression: 'p' },
    },
    { p: 'q' },
  )
  expect(changed).toEqual([
    ['a', 'x'],
    ['c', 'q'],
  ])
})
