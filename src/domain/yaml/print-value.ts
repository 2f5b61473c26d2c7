import { parse } from 'yaml'
import type { TextStyle } from './text-style.ts'

export type Quote = '"' | "'" | undefined

/** How one value is printed. */
export interface PrintOptions {
  /** Quotes for texts; without, texts are plain where that is safe. */
  readonly quote?: Quote
  /** Quotes for keys, in flow collections written as JSON. */
  readonly hasQuotedKeys?: boolean
}

export type Scalar = string | number | boolean | null

export const isScalarValue = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** A single value as YAML on one line. */
export function printScalar(value: Scalar, quote: Quote, isInFlow: boolean): string {
  if (typeof value !== 'string') return String(value)
  const isPrintable = !/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(value)
  if (quote === "'" && isPrintable) return `'${value.replaceAll("'", "''")}'`
  if (quote === undefined && isPrintable && isPlainSafe(value, isInFlow)) return value
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escapeCharacter)
}

const escapeCharacter = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Whether a text means itself without quotes, to readers of YAML 1.1 (the API server's, which takes `on` and
 * `1_000` for something else) and of 1.2.
 */
function isPlainSafe(value: string, isInFlow: boolean): boolean {
  if (value === '' || value.trim() !== value) return false
  if (/^[-?:,[\]{}#&*!|>'"%@`]/.test(value)) return false
  if (/: |:$| #/.test(value)) return false
  if (isInFlow && /[,[\]{}:]/.test(value)) return false
  if (/^(?:---|\.\.\.)/.test(value) || /^[~=]$|^<<$/.test(value)) return false
  // A lone letter or a sexagesimal number is no text in YAML 1.1.
  if (/^[yYnN]$/.test(value) || /^[\d.+-][\d:_.+-]*$/.test(value)) return false
  try {
    return parse(value, { version: '1.1' }) === value && parse(value) === value
  } catch {
    // What does not parse alone needs quotes; the quoted form always parses.
    return false
  }
}

const fieldsIn = (value: object): readonly (readonly [string, unknown])[] =>
  Object.entries(value).filter(([, field]) => field !== undefined)

/** A value on one line, in flow style. */
export function printFlow(value: unknown, style: TextStyle, options: PrintOptions = {}): string {
  if (isScalarValue(value)) return printScalar(value, options.quote, true)
  const padding = style.hasFlowPadding ? ' ' : ''
  if (Array.isArray(value)) return `[${value.map(item => printFlow(item, style, options)).join(', ')}]`
  const fields = fieldsIn(value as object)
  if (fields.length === 0) return '{}'
  return `{${padding}${fields.map(([key, field]) => printFlowEntry(key, field, style, options)).join(', ')}${padding}}`
}

export function printFlowEntry(
  key: string,
  value: unknown,
  style: TextStyle,
  options: PrintOptions = {},
): string {
  const name = printScalar(key, options.hasQuotedKeys === true ? '"' : undefined, true)
  return `${name}: ${printFlow(value, style, options)}`
}

/** `key: value`, the value below the key where it is a collection. The first line is not indented. */
export function printEntry(
  key: string,
  value: unknown,
  column: number,
  style: TextStyle,
  options: PrintOptions = {},
): string {
  const name = printScalar(key, options.hasQuotedKeys === true ? '"' : undefined, false)
  return `${name}:${printBelow(value, column, style, options)}`
}

/** What follows a colon whose key stands in the column. */
export function printBelow(
  value: unknown,
  column: number,
  style: TextStyle,
  options: PrintOptions = {},
): string {
  if (isScalarValue(value)) return ` ${printScalar(value, options.quote, false)}`
  if (isEmptyCollection(value)) return Array.isArray(value) ? ' []' : ' {}'
  const inner = column + (Array.isArray(value) ? style.listStep : style.step)
  return style.lineEnding + ' '.repeat(inner) + printBlock(value, inner, style, options)
}

/** A collection in block style, each line but the first indented to the column. */
export function printBlock(
  value: unknown,
  column: number,
  style: TextStyle,
  options: PrintOptions = {},
): string {
  const separator = style.lineEnding + ' '.repeat(column)
  if (isScalarValue(value)) return printScalar(value, options.quote, false)
  if (isEmptyCollection(value)) return Array.isArray(value) ? '[]' : '{}'
  if (Array.isArray(value))
    return value.map(item => `- ${printBlock(item, column + 2, style, options)}`).join(separator)
  return fieldsIn(value as object)
    .map(([key, field]) => printEntry(key, field, column, style, options))
    .join(separator)
}

const isEmptyCollection = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : fieldsIn(value as object).length === 0
