import { expect, test } from 'vitest'
import { validateObject } from './validate-object.ts'

const virtualService = (spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'shop' },
  spec,
})

test.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
  ['a good object', { hosts: ['a'], http: [{ timeout: '1s' }] }, []],
  ['a field without a value', { hosts: ['a'], http: [{ route: null }] }, []],
  ['a field of a newer release', { hosts: ['a'], http: [{ novelty: true }] }, []],
  [
    'a boolean where a text belongs',
    { http: [{ match: [{ headers: { x: { exact: true } } }] }] },
    ['spec.http[0].match[0].headers.x.exact: must be of type string, not boolean'],
  ],
  [
    'a text where a number belongs',
    { http: [{ match: [{ port: '80' }] }] },
    ['spec.http[0].match[0].port: must be of type integer, not string'],
  ],
])('%s', (_name, spec, expected) => {
  expect(
    validateObject(virtualService(spec)).errors.map(({ path, message }) => `${path}: ${message}`),
  ).toEqual(expected)
})

test.each<[string, string, string, readonly string[]]>([
  ['a version that is not served', 'networking.istio.io/v9', 'VirtualService', ['apiVersion']],
  ['a kind of another group', 'v1', 'VirtualService', ['apiVersion']],
  ['a group without a version', 'networking.istio.io', 'VirtualService', ['apiVersion']],
  ['a kind in lower case', 'networking.istio.io/v1', 'virtualservice', ['kind']],
  ['a kind that Istio does not have', 'networking.istio.io/v1', 'RoutingRule', ['kind']],
  ['a service without ports', 'v1', 'Service', ['spec.ports']],
  ['a route without a spec', 'gateway.networking.k8s.io/v1', 'Gateway', ['spec']],
  ['a version of older releases', 'gateway.networking.k8s.io/v1alpha2', 'GRPCRoute', []],
  ['a kind of another program', 'example.org/v1', 'Thing', []],
])('%s', (_name, apiVersion, kind, expected) => {
  const { errors } = validateObject({ apiVersion, kind, metadata: { name: 'shop', namespace: 'default' } })
  expect(errors.map(({ path }) => path)).toEqual(expected)
})

test('a field that the kind does not have is named', () => {
  expect(validateObject(virtualService({ hosts: ['a'], htttp: [] })).unknownFields).toEqual(['spec.htttp'])
})

test('a workload that lacks its selector is told of, and read', () => {
  const spec = {
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  }
  const found = validateObject({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec })
  expect(found.errors).toEqual([])
  expect(found.flaws.map(({ path }) => path)).toContain('spec.selector')
})
