/**
 * Readers of unknown JSON that never throw: a field of the wrong type reads as absent. A mesh is built from
 * whatever a cluster or a file holds, and one odd object must not hide the others.
 */
export type Fields = Readonly<Record<string, unknown>>

const none: Fields = {}

/** The value as an object; empty where it is something else. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : none

/** The value as an object, or undefined where it is something else. */
export const optionalFields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

/** The value as a list; empty where it is something else. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The value as text, if it is text with at least one character. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** The value as a finite number; the API server stores 64-bit integers of protocol buffers as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** The texts of a list. */
export const textsOf = (value: unknown): readonly string[] =>
  listOf(value).filter(item => typeof item === 'string')

/** A map of texts: labels, headers to set. Numbers and booleans are written out, as YAML readers meant them. */
export function textMapOf(value: unknown): Readonly<Record<string, string>> {
  const result: Record<string, string> = {}
  for (const [key, item] of Object.entries(fieldsOf(value)))
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean')
      result[key] = String(item)
  return result
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Leaves out the fields that are undefined, so that optional fields are absent, not undefined. */
export function compact<const T extends object>(value: T): Compact<T> {
  for (const key of Object.keys(value)) {
    if (value[key as keyof T] === undefined) Reflect.deleteProperty(value, key)
  }
  return value
}
