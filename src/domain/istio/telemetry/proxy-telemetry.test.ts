import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { evaluateLogFilter } from './log-filter.ts'
import { proxyTelemetryFor, readTelemetryDefaults } from './proxy-telemetry.ts'
import { readTelemetries } from './telemetry.ts'

const configMap = (mesh: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh },
})
const telemetry = (spec: string): KubernetesObject => ({
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  metadata: { name: 'one', namespace: 'shop' },
  spec: parse(spec) as unknown,
})
const MESH =
  '{enableTracing: true, accessLogFile: /dev/stdout, defaultConfig: {tracing: {sampling: 50, custom_tags: {user: {header: {name: User-Type}}}}}}'
const read = (mesh: string, spec?: string, annotations = {}, mode: 'CLIENT' | 'SERVER' = 'CLIENT') =>
  proxyTelemetryFor(
    readTelemetryDefaults([configMap(mesh)]),
    spec === undefined ? [] : readTelemetries([telemetry(spec)]),
    annotations,
    mode,
  )

describe('what a proxy traces', () => {
  test.each([
    ['nothing said', read('{}'), { sampling: 1, isReported: false, customTags: {} }],
    [
      'the mesh',
      read(MESH),
      { sampling: 50, isReported: true, customTags: { user: { header: 'user-type' } } },
    ],
    [
      'a sampling of 0 is 0',
      read('{enableTracing: true, defaultConfig: {tracing: {sampling: 0}}}'),
      { sampling: 0 },
    ],
    [
      'the pod over the mesh',
      read(MESH, undefined, { 'proxy.istio.io/config': 'tracing: {sampling: 7}' }),
      { sampling: 7 },
    ],
    [
      'a Telemetry over both',
      read(MESH, '{tracing: [{randomSamplingPercentage: 3}]}', {
        'proxy.istio.io/config': 'tracing: {sampling: 7}',
      }),
      { sampling: 3, isReported: true },
    ],
    ['no spans', read(MESH, '{tracing: [{disableSpanReporting: true}]}'), { isReported: false }],
    [
      'of the other side',
      read(MESH, '{tracing: [{match: {mode: SERVER}, disableSpanReporting: true}]}'),
      { isReported: true },
    ],
    [
      'own tags',
      read(MESH, '{tracing: [{customTags: {team: {literal: {value: web}}}}]}'),
      { customTags: { team: { literal: 'web' } } },
    ],
  ])('%s', (_name, { tracing }, expected) => expect(tracing).toMatchObject(expected))
})

describe('what a proxy logs', () => {
  test.each([
    ['nothing said', read('{}'), false, []],
    ['the mesh', read(MESH), true, []],
    ['an empty file', read('{accessLogFile: ""}'), false, []],
    ['a Telemetry', read('{}', '{accessLogging: [{providers: [{name: envoy}]}]}'), true, []],
    ['switched off', read(MESH, '{accessLogging: [{disabled: true}]}'), false, []],
    [
      'the other side switched off',
      read(MESH, '{accessLogging: [{match: {mode: SERVER}, disabled: true}]}'),
      true,
      [],
    ],
    [
      'a filter',
      read(MESH, '{accessLogging: [{filter: {expression: response.code >= 400}}]}'),
      true,
      ['response.code >= 400'],
    ],
    ['one that speaks of metrics alone', read(MESH, '{metrics: []}'), true, []],
  ])('%s', (_name, { accessLog }, isWritten, filters) => {
    expect(accessLog).toEqual({ isWritten, filters })
  })
})

test.each([
  ['response.code >= 400', true],
  ['response.code < 400', false],
  ['response.code >= 400 && request.host == "other"', false],
  ['response.code < 400 || request.host == "api"', true],
  ["request.headers['User-Type'] == 'beta'", true],
  ['has(response.flags)', false],
  ['!has(response.flags)', true],
  ['request.host.startsWith("a")', undefined],
  ['response.code >= 400 && request.host.startsWith("a")', undefined],
  ['response.code < 400 && request.host.startsWith("a")', false],
])('the filter %s is %s', (expression, expected) => {
  const attributes = {
    'response.code': 503,
    'request.host': 'api',
    'request.headers': { 'user-type': 'beta' },
  }
  expect(evaluateLogFilter(expression, attributes)).toBe(expected)
})
