import { stringify } from 'yaml'
import { resolveSchema, type Definitions } from '../../../../domain/schema/schema-fields.ts'
import type { JsonSchema } from '../../../../domain/schema/json-schema.ts'
import { parseManifest } from '../../../../domain/yaml/manifest.ts'

/** A value as YAML to change in place; empty where there is none. */
export const printYaml = (value: unknown): string =>
  value === undefined
    ? ''
    : stringify(value, { indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()

export type ReadYaml =
  | { readonly isEmpty: true }
  | { readonly isEmpty: false; readonly value: unknown }
  | { readonly isEmpty: false; readonly problem: string }

/** What the user wrote, or one sentence that says what is wrong with it. */
export function readYaml(text: string, schema: JsonSchema, definitions: Definitions): ReadYaml {
  if (text.trim() === '') return { isEmpty: true }
  const { documents, problems } = parseManifest(text)
  const [document, another] = documents
  const [problem] = [...problems, ...(document?.problems ?? [])]
  if (problem !== undefined)
    return {
      isEmpty: false,
      problem:
        problem.line === undefined ? problem.message : `Line ${String(problem.line)}: ${problem.message}`,
    }
  if (document === undefined) return { isEmpty: true }
  if (another !== undefined) return { isEmpty: false, problem: 'Write one value, without ---' }
  const mismatch = describeMismatch(schema, definitions, document.value)
  return mismatch === undefined
    ? { isEmpty: false, value: document.value }
    : { isEmpty: false, problem: mismatch }
}

const nouns: Readonly<Record<string, string>> = {
  object: 'a map of fields',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** The first thing in a value that its schema does not allow, in words; what the API server would refuse. */
export function describeMismatch(
  source: JsonSchema,
  definitions: Definitions,
  value: unknown,
  at = '',
): string | undefined {
  const schema = resolveSchema(source, definitions)
  const where = at === '' ? 'It' : at
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  const type = typeOf(value)
  if (types.length > 0 && !types.includes(type) && !(type === 'integer' && types.includes('number')))
    return `${where} must be ${types.map(name => nouns[name] ?? name).join(' or ')}`
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return `${where} must be one of ${schema.enum.map(String).join(', ')}`
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return undefined
    for (const [index, item] of value.entries()) {
      const found = describeMismatch(items, definitions, item, `${at}[${String(index)}]`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Readonly<Record<string, unknown>>
  const missing = schema.required?.find(name => !Object.hasOwn(fields, name))
  if (missing !== undefined) return `${where} needs ${missing}`
  for (const [name, field] of Object.entries(fields)) {
    const path = at === '' ? name : `${at}.${name}`
    const own = schema.properties?.[name]
    const other = schema.additionalProperties
    if (own === undefined && other === false) return `${path} is no field of this schema`
    const known = own ?? (typeof other === 'object' ? other : undefined)
    const found = known === undefined ? undefined : describeMismatch(known, definitions, field, path)
    if (found !== undefined) return found
  }
  return undefined
}
