import { describe, expect, test } from 'vitest'
import { parseManifest } from '../yaml/manifest.ts'
import { inApplyOrder } from './apply-order.ts'
import { parseFieldPath } from './field-path.ts'
import { locateField } from './locate-field.ts'
import { readConflicts, readRefusals, readWarnings } from './read-refusal.ts'

describe('a field path of a message', () => {
  test.each([
    ['.spec.http', ['spec', 'http']],
    ['spec.http[0].route[1].weight', ['spec', 'http', 0, 'route', 1, 'weight']],
    ['.metadata.labels["app.kubernetes.io/name"]', ['metadata', 'labels', 'app.kubernetes.io/name']],
    ['.spec.ports[k={"port":80}].name', ['spec', 'ports']],
    ['', []],
  ])('%s', (text, path) => {
    expect(parseFieldPath(text)).toEqual(path)
  })
})

describe('the place of a field', () => {
  const text = 'a: 1\n---\nspec:\n  http:\n  - route:\n    - weight: 1\n  foo: 2\n'
  test.each([
    ['spec.foo', { line: 7, column: 3 }],
    ['.spec.http[0].route[0].weight', { line: 6, column: 7 }],
    ['spec.http[0].timeout', { line: 5, column: 3 }],
    ['spec.selector', { line: 3, column: 1 }],
    ['metadata.name', { line: 3, column: 1 }],
  ])('%s', (field, place) => {
    const [, document] = parseManifest(text).documents
    expect(document && locateField(text, document, field)).toEqual(place)
  })
})

describe('a refusal', () => {
  test.each([
    [
      'unknown fields of strict decoding',
      { message: 'strict decoding error: unknown field "spec.foo", unknown field "spec.http[0].bar"' },
      ['spec.foo', 'spec.http[0].bar'],
    ],
    [
      'causes of validation',
      {
        message: 'x is invalid',
        details: {
          causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' }],
        },
      },
      ['spec.selector'],
    ],
    ['a webhook that names no field', { message: 'admission webhook "v" denied the request: no' }, ['']],
    [
      'fields that server-side apply does not know',
      {
        message:
          'failed to create typed patch object (default/x; networking.istio.io/v1, Kind=VirtualService): errors:\n  .spec.foo: field not declared in schema\n  .spec.http[0].bar: field not declared in schema',
      },
      ['.spec.foo', '.spec.http[0].bar'],
    ],
    ['not a Status', 'Bad Gateway', ['']],
  ])('%s', (_name, status, fields) => {
    expect(readRefusals(status, 'no words').map(({ field }) => field)).toEqual(fields)
  })
})

test('conflicts name the owner of each field', () => {
  const causes = [
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "kubectl-edit" using networking.istio.io/v1',
      field: '.spec.http',
    },
  ]
  expect(readConflicts({ details: { causes } })).toEqual([{ field: '.spec.http', manager: 'kubectl-edit' }])
})

test.each([
  [undefined, []],
  ['299 - "one"', ['one']],
  ['299 - "say \\"two\\"", 299 istiod "three"', ['say "two"', 'three']],
])('warnings of %s', (header, texts) => {
  expect(readWarnings(header)).toEqual(texts)
})

test('what others need goes first, the rest stays in order', () => {
  const kinds = ['VirtualService', 'Service', 'CustomResourceDefinition', 'Namespace'].map(kind => ({ kind }))
  expect(inApplyOrder(kinds).map(({ kind }) => kind)).toEqual([
    'Namespace',
    'CustomResourceDefinition',
    'VirtualService',
    'Service',
  ])
})
