import { expect, test } from 'vitest'
import { findTypeErrors } from './find-type-errors.ts'

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
  expect(findTypeErrors(virtualService(spec)).map(({ path, message }) => `${path}: ${message}`)).toEqual(
    expected,
  )
})

test('kinds without a schema are not looked at', () => {
  expect(findTypeErrors({ ...virtualService({}), kind: 'Nonsense' })).toEqual([])
})
