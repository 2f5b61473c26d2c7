import type { Problem } from '../problem.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A part of a refusal: what the server says and of which field, empty where it names none. */
export interface Refusal {
  readonly message: string
  readonly field: string
}

export interface OwnedField {
  readonly field: string
  readonly manager: string
}

function causesOf(status: unknown): readonly Record<string, unknown>[] {
  const details = isRecord(status) ? status['details'] : undefined
  const causes = isRecord(details) ? details['causes'] : undefined
  return Array.isArray(causes) ? causes.filter(isRecord) : []
}

/**
 * The fields that other managers own, of a Status that refuses a server-side apply.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
export const readConflicts = (status: unknown): OwnedField[] =>
  causesOf(status)
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message, field }) => ({
      field: textOf(field),
      manager: /conflict with "([^"]+)"/.exec(textOf(message))?.[1] ?? 'another manager',
    }))

/**
 * Whether the object does not fit its schema. Server-side apply answers this with an internal error (500), although
 * the request is at fault. Source: kubernetes/kubernetes, apimachinery/pkg/util/managedfields (typed patch object)
 */
export const isUntypable = (status: unknown): boolean =>
  isRecord(status) && textOf(status['message']).includes('failed to create typed patch object')

/**
 * What a Status complains about, each with its field: validation causes, and the fields that strict decoding does not
 * know, which are in the message only.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level
 */
export function readRefusals(status: unknown, fallback: string): Refusal[] {
  const message = isRecord(status) ? textOf(status['message']) : ''
  const unknown = [...message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)]
  if (unknown.length > 0)
    return unknown.map(([, what = '', field = '']) => ({
      field,
      message:
        what === 'unknown'
          ? `The cluster does not know the field ${field}`
          : `The field ${field} stands twice`,
    }))
  const untyped = [
    ...message.matchAll(
      /(?:^|\s)(\.[^\s:]+(?:\[[^\]]*\][^\s:]*)*): (field not declared in schema|expected [^\n]+)/g,
    ),
  ]
  if (isUntypable(status) && untyped.length > 0)
    return untyped.map(([, field = '', what = '']) => ({
      field,
      message:
        what === 'field not declared in schema'
          ? `The cluster does not know the field ${field.slice(1)}`
          : `${field.slice(1)}: ${what}`,
    }))
  const causes = causesOf(status).filter(({ message: text }) => textOf(text) !== '')
  if (causes.length > 0)
    return causes.map(({ field, message: text }) => ({
      field: textOf(field) === '<nil>' ? '' : textOf(field),
      message: [textOf(field) === '<nil>' ? '' : textOf(field), textOf(text)].filter(Boolean).join(': '),
    }))
  return [{ message: message || fallback, field: '' }]
}

/** The texts of Warning headers that came joined. Source: RFC 7234, section 5.5. */
export const readWarnings = (header: string | undefined): string[] =>
  [...(header ?? '').matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  )

/** A refusal as a problem at its line. */
export const problemOf = (
  { message, field }: Refusal,
  place: { readonly line: number; readonly column: number } | undefined,
  base: Problem,
): Problem => ({ ...base, message, ...(field === '' ? {} : { at: field }), ...place })
