import { isObject, isSameJson } from './json.ts'
import { resolveSchema } from './schema-lookup.ts'
import type { Schema } from './schema.ts'
import type { StatusCause } from './status-error.ts'

// Source of the wording: k8s.io/kube-openapi/pkg/validation and apiextensions-apiserver/pkg/apiserver/validation.

export const required = (field: string, why = ''): StatusCause => ({
  reason: 'FieldValueRequired',
  message: why === '' ? 'Required value' : `Required value: ${why}`,
  field,
})

export const invalidValue = (field: string, value: unknown, why: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${valueText(value)}: ${why}`,
  field,
})

export const notSupported = (field: string, value: unknown, supported: readonly unknown[]): StatusCause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${valueText(value)}: supported values: ${supported.map(item => JSON.stringify(item)).join(', ')}`,
  field,
})

export const duplicate = (field: string, value: unknown): StatusCause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${valueText(value)}`,
  field,
})

export const forbiddenField = (field: string, why: string): StatusCause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
})

const valueText = (value: unknown): string => (value === undefined ? 'null' : JSON.stringify(value))

const tooMany = (field: string, count: number, limit: number): StatusCause => ({
  reason: 'FieldValueTooMany',
  message: `Too many: ${String(count)}: must have at most ${String(limit)} items`,
  field,
})

/** The name of a value's type in messages. */
function typeNameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function isOfType(schema: Schema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string'] === true)
    return typeof value === 'string' || Number.isInteger(value)
  switch (schema.type) {
    case undefined:
    case '':
      return true
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    default:
      return typeof value === schema.type
  }
}

/** What in a value breaks a structural schema. */
export function validateSchema(schema: Schema, value: unknown, path: string): readonly StatusCause[] {
  if (value === null && schema.nullable === true) return []
  if (!isOfType(schema, value)) {
    const found = typeNameOf(value)
    const expected =
      schema.type === 'integer' && schema.format === 'int32' && found === 'number' ? 'int32' : schema.type
    return [
      {
        reason: 'FieldValueTypeInvalid',
        message: `Invalid value: "${found}": ${path} in body must be of type ${expected ?? 'integer or string'}: "${found}"`,
        field: path === '' ? '<nil>' : path,
      },
    ]
  }
  return [
    ...validateEnum(schema, value, path),
    ...(typeof value === 'string' ? validateText(schema, value, path) : []),
    ...(typeof value === 'number' ? validateNumber(schema, value, path) : []),
    ...(Array.isArray(value) ? validateList(schema, value, path) : []),
    ...(isObject(value) ? validateObject(schema, value, path) : []),
    ...validateCombinations(schema, value, path),
  ]
}

function validateEnum(schema: Schema, value: unknown, path: string): readonly StatusCause[] {
  if (schema.enum === undefined || schema.enum.some(item => isSameJson(item, value))) return []
  return [notSupported(path, value, schema.enum)]
}

const patterns = new Map<string, RegExp>()

function patternOf(text: string): RegExp {
  const known = patterns.get(text)
  if (known !== undefined) return known
  const pattern = new RegExp(text)
  patterns.set(text, pattern)
  return pattern
}

function validateText(schema: Schema, value: string, path: string): readonly StatusCause[] {
  const { minLength, maxLength, pattern } = schema
  // Characters, not UTF-16 units.
  const length = Array.from(value).length
  return [
    ...(maxLength !== undefined && length > maxLength
      ? [
          {
            reason: 'FieldValueTooLong',
            message: `Too long: may not be more than ${String(maxLength)} bytes`,
            field: path,
          },
        ]
      : []),
    ...(minLength !== undefined && length < minLength
      ? [invalidValue(path, value, `${path} in body should be at least ${String(minLength)} chars long`)]
      : []),
    ...(pattern !== undefined && !patternOf(pattern).test(value)
      ? [invalidValue(path, value, `${path} in body should match '${pattern}'`)]
      : []),
  ]
}

function validateNumber(schema: Schema, value: number, path: string): readonly StatusCause[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const say = (rule: string): StatusCause => invalidValue(path, value, `${path} in body should be ${rule}`)
  const causes: StatusCause[] = []
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum))
    causes.push(
      say(
        exclusiveMaximum === true
          ? `less than ${String(maximum)}`
          : `less than or equal to ${String(maximum)}`,
      ),
    )
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum))
    causes.push(
      say(
        exclusiveMinimum === true
          ? `greater than ${String(minimum)}`
          : `greater than or equal to ${String(minimum)}`,
      ),
    )
  if (multipleOf !== undefined && value % multipleOf !== 0)
    causes.push(say(`a multiple of ${String(multipleOf)}`))
  return causes
}

function validateList(schema: Schema, list: readonly unknown[], path: string): readonly StatusCause[] {
  const { minItems, maxItems, items } = schema
  const causes: StatusCause[] = []
  if (maxItems !== undefined && list.length > maxItems) causes.push(tooMany(path, list.length, maxItems))
  if (minItems !== undefined && list.length < minItems)
    causes.push(
      invalidValue(path, list.length, `${path} in body should have at least ${String(minItems)} items`),
    )
  causes.push(...validateKeys(schema, list, path))
  if (items !== undefined) {
    const resolved = resolveSchema(items)
    list.forEach((item, index) => causes.push(...validateSchema(resolved, item, `${path}[${String(index)}]`)))
  }
  return causes
}

/** Items of a set or a map of items differ. */
function validateKeys(schema: Schema, list: readonly unknown[], path: string): readonly StatusCause[] {
  const type = schema['x-kubernetes-list-type']
  const names = schema['x-kubernetes-list-map-keys'] ?? []
  if (type !== 'map' && type !== 'set') return []
  const keys = list.map(item =>
    type === 'map' && isObject(item)
      ? Object.fromEntries(names.filter(name => item[name] !== undefined).map(name => [name, item[name]]))
      : item,
  )
  return keys.flatMap((key, index) =>
    keys.findIndex(other => isSameJson(other, key)) < index
      ? [duplicate(`${path}[${String(index)}]`, key)]
      : [],
  )
}

function validateObject(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly StatusCause[] {
  const { minProperties, maxProperties, properties = {}, additionalProperties } = schema
  const names = Object.keys(value)
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const causes: StatusCause[] = []
  if (maxProperties !== undefined && names.length > maxProperties)
    causes.push(tooMany(path, names.length, maxProperties))
  if (minProperties !== undefined && names.length < minProperties)
    causes.push(
      invalidValue(
        path,
        names.length,
        `${path} in body should have at least ${String(minProperties)} properties`,
      ),
    )
  for (const name of schema.required ?? []) if (value[name] === undefined) causes.push(required(at(name)))
  for (const name of names) {
    const own =
      properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (own !== undefined) causes.push(...validateSchema(resolveSchema(own), value[name], at(name)))
  }
  return causes
}

/** These have no field of their own in the causes, as their words come from another library. */
function validateCombinations(schema: Schema, value: unknown, path: string): readonly StatusCause[] {
  const isValid = (part: Schema): boolean => validateSchema(part, value, path).length === 0
  const say = (rule: string): StatusCause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: "": "${path}" must ${rule}`,
    field: '<nil>',
  })
  const causes: StatusCause[] = []
  for (const part of schema.allOf ?? []) causes.push(...validateSchema(part, value, path))
  if (
    schema.anyOf !== undefined &&
    schema['x-kubernetes-int-or-string'] !== true &&
    !schema.anyOf.some(isValid)
  )
    causes.push(say('validate at least one schema (anyOf)'))
  if (schema.oneOf !== undefined) {
    const count = schema.oneOf.filter(isValid).length
    if (count !== 1)
      causes.push(
        say(
          `validate one and only one schema (oneOf). Found ${count === 0 ? 'none valid' : `${String(count)} valid alternatives`}`,
        ),
      )
  }
  if (schema.not !== undefined && isValid(schema.not)) causes.push(say('not validate the schema (not)'))
  return causes
}
