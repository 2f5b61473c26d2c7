import { expect, test } from 'vitest'
import type { JsonSchema } from './json-schema.ts'
import { listSchemaFields, resolveSchema, schemaAt } from './schema-fields.ts'

const definitions: Readonly<Record<string, JsonSchema>> = {
  Port: { type: 'object', description: 'A port', properties: { number: { type: 'integer', minimum: 1 } } },
  Loop: { $ref: '#/definitions/Loop' },
}
const schema: JsonSchema = {
  type: 'object',
  required: ['mode'],
  properties: {
    name: { type: 'string' },
    mode: { type: 'string', enum: ['A', 'B'] },
    wait: { type: 'string', pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' },
    share: { type: 'number', maximum: 100 },
    isOn: { type: 'boolean' },
    port: { allOf: [{ $ref: '#/definitions/Port' }], description: 'Where it listens' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    hosts: { type: 'array', items: { type: 'string' } },
    either: { type: ['integer', 'string'] },
    perhaps: { type: ['string', 'null'] },
  },
}
const widgetOf = (name: string, value: unknown = {}) =>
  listSchemaFields(schema, definitions, value).find(field => field.name === name)?.widget

test.each([
  ['name', { kind: 'text' }],
  ['mode', { kind: 'choice', choices: ['A', 'B'] }],
  ['wait', { kind: 'duration' }],
  ['share', { kind: 'number', isWhole: false, minimum: undefined, maximum: 100 }],
  ['isOn', { kind: 'switch' }],
  ['port', { kind: 'fields' }],
  ['labels', { kind: 'yaml' }],
  ['hosts', { kind: 'yaml' }],
  ['either', { kind: 'yaml' }],
  ['perhaps', { kind: 'text' }],
])('the widget of %s', (name, widget) => expect(widgetOf(name)).toEqual(widget))

test.each([
  ['name', { name: 5 }],
  ['name', { name: 'two\nlines' }],
  ['share', { share: '5' }],
  ['isOn', { isOn: 'yes' }],
  ['port', { port: [1] }],
])('a value that the widget of %s cannot show is YAML: %j', (name, value) =>
  expect(widgetOf(name, value)).toEqual({ kind: 'yaml' }),
)

test('required fields come first, unknown ones last, and all are there', () => {
  const fields = listSchemaFields(schema, definitions, { extra: { a: 1 }, name: 'x' })
  expect(fields.map(({ name }) => name)).toEqual([
    'mode',
    ...Object.keys(schema.properties ?? {}).filter(name => name !== 'mode'),
    'extra',
  ])
  expect(fields.at(-1)).toMatchObject({ isKnown: false, widget: { kind: 'yaml' } })
  expect(fields.find(({ name }) => name === 'port')?.description).toBe('Where it listens')
})

test('without a schema, what is there is shown', () => {
  expect(listSchemaFields({}, {}, { a: 1, b: [2] }).map(({ name }) => name)).toEqual(['a', 'b'])
  expect(listSchemaFields({}, {}, undefined)).toEqual([])
})

test.each([
  [[], schema],
  [['port', 'number'], { type: 'integer', minimum: 1 }],
  [['hosts', 0], { type: 'string' }],
  [['labels', 'app'], { type: 'string' }],
  [['toString'], undefined],
  [['name', 'x'], undefined],
])('the schema at %j', (path, found) => expect(schemaAt(schema, path, definitions)).toEqual(found))

test('references that go round end', () => {
  expect(resolveSchema({ $ref: '#/definitions/Loop' }, definitions)).toBeDefined()
  expect(resolveSchema({ $ref: '#/definitions/Gone' }, definitions)).toEqual({})
})
