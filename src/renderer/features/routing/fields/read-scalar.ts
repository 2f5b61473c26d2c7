import type { SchemaField } from '../../../../domain/schema/schema-fields.ts'
import { parseDuration } from '../../../../domain/routing/route/duration.ts'

/** What the user typed as the field's type; `problem` says why the API server would refuse it. */
export function readScalar(
  { widget, schema }: Pick<SchemaField, 'widget' | 'schema'>,
  text: string,
): { readonly value: string | number | boolean } | { readonly problem: string } {
  const trimmed = text.trim()
  if (trimmed === '') return { value: '' }
  switch (widget.kind) {
    case 'number':
      return readNumber(widget, trimmed)
    case 'switch':
      return { value: trimmed === 'true' }
    case 'duration':
      if (parseDuration(trimmed) === undefined) return { problem: 'Write a duration as 10s, 500ms or 1m30s' }
      return readText(schema.pattern, trimmed)
    case 'text':
    case 'choice':
      return readText(schema.pattern, trimmed)
    case 'fields':
    case 'yaml':
      return { value: trimmed }
  }
}

function readNumber(
  {
    isWhole,
    minimum,
    maximum,
  }: { isWhole: boolean; minimum: number | undefined; maximum: number | undefined },
  text: string,
): { readonly value: number } | { readonly problem: string } {
  const value = Number(text)
  if (!Number.isFinite(value)) return { problem: 'Write a number' }
  if (isWhole && !Number.isInteger(value)) return { problem: 'Write a whole number' }
  if (minimum !== undefined && value < minimum) return { problem: `The least is ${String(minimum)}` }
  if (maximum !== undefined && value > maximum) return { problem: `The most is ${String(maximum)}` }
  return { value }
}

function readText(
  pattern: string | undefined,
  value: string,
): { readonly value: string } | { readonly problem: string } {
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return { value }
  return { problem: `It must match ${pattern}` }
}
