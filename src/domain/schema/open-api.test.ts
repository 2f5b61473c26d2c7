import { describe, expect, test } from 'vitest'
import { convertSchema, schemasOfOpenApi } from './open-api.ts'
import { translatePattern } from './translate-pattern.ts'

test.each([
  [
    'int-or-string',
    { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    { type: ['integer', 'string'] },
  ],
  [
    'core int-or-string',
    { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
    { type: ['integer', 'string'] },
  ],
  [
    'nullable',
    { type: 'string', nullable: true, enum: ['a'] },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  ['formats are dropped', { type: 'integer', format: 'int32', minimum: 1 }, { type: 'integer', minimum: 1 }],
  [
    'known fields close an object',
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
  ],
  [
    'unknown fields that are kept leave it open',
    { type: 'object', properties: { a: {} }, 'x-kubernetes-preserve-unknown-fields': true },
    { type: 'object', properties: { a: {} } },
  ],
  [
    'a map',
    { type: 'object', additionalProperties: { type: 'string', default: '' } },
    { type: 'object', additionalProperties: { type: 'string', default: '' } },
  ],
  [
    'alternatives never close',
    { oneOf: [{ type: 'object', properties: { a: {} }, required: ['a'] }] },
    { oneOf: [{ type: 'object', properties: { a: {} }, required: ['a'] }] },
  ],
  [
    'references keep the description beside them',
    { description: 'what', default: {}, allOf: [{ $ref: '#/components/schemas/a.b.C' }] },
    { description: 'what', allOf: [{ $ref: '#/definitions/a.b.C' }] },
  ],
  [
    'extensions are dropped',
    {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-validations': [],
    },
    { type: 'array', items: { type: 'string' } },
  ],
])('%s', (_name, source, expected) => {
  expect(convertSchema(source)).toEqual(expected)
})

describe('patterns', () => {
  test.each([
    ['^[a-z]+$', '^[a-z]+$'],
    ['(?i)abc', undefined],
    ['^[[:alpha:]]$', undefined],
    ['(?P<name>x)', '(?<name>x)'],
    [String.raw`\Aab\z`, '^ab$'],
    [String.raw`^\pL+$`, String.raw`^\p{L}+$`],
    ['(a+)+$', undefined],
    ['(', undefined],
    [String.raw`^\"a\"$`, '^"a"$'],
  ])('%s', (pattern, expected) => {
    expect(translatePattern(pattern).pattern).toBe(expected)
  })
})

test('whole objects become kinds, with what they refer to', () => {
  const type = (kind: string): unknown => [{ group: 'example.org', version: 'v1', kind }]
  const { kinds, definitions } = schemasOfOpenApi([
    {
      components: {
        schemas: {
          Foo: {
            type: 'object',
            'x-kubernetes-group-version-kind': type('Foo'),
            properties: {
              apiVersion: { type: 'string' },
              metadata: { allOf: [{ $ref: '#/components/schemas/ObjectMeta' }] },
              spec: { $ref: '#/components/schemas/Node' },
              status: {
                type: 'object',
                description: 'now',
                properties: { a: { $ref: '#/components/schemas/Big' } },
              },
            },
          },
          FooList: {
            'x-kubernetes-group-version-kind': type('FooList'),
            properties: { metadata: { $ref: '#/components/schemas/ListMeta' } },
          },
          ObjectMeta: { type: 'object', properties: { name: { type: 'string' } } },
          Node: { type: 'object', properties: { child: { $ref: '#/components/schemas/Node' } } },
          Big: {},
        },
      },
    },
    { components: { schemas: { ObjectMeta: { type: 'string' } } } },
  ])
  expect(kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual(['example.org/v1 Foo'])
  expect(kinds[0]?.schema.properties?.['status']).toEqual({ description: 'now' })
  expect(Object.keys(definitions).sort()).toEqual(['Node', 'ObjectMeta'])
  expect(definitions['ObjectMeta']?.type).toBe('object')
})
