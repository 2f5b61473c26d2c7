import { fieldsOf, listOf, optionalFields, textOf, textsOf } from '../istio/fields/read-fields.ts'
import type { HeaderChanges } from '../istio/virtual-service.ts'
import type { Made } from './route-problem.ts'

/** The header changes of a filter; no value and no problem where the filter says none. */
export function convertHeaderChanges(filter: unknown): Made<HeaderChanges> {
  const fields = optionalFields(filter)
  if (fields === undefined) return {}
  for (const item of [...listOf(fields['set']), ...listOf(fields['add'])].map(fieldsOf)) {
    const value = textOf(item['value']) ?? ''
    if (!isHeaderValue(value))
      return {
        problem: {
          reason: 'InvalidFilter',
          message: `header "${textOf(item['name']) ?? ''}" value contains invalid characters`,
        },
      }
  }
  return {
    value: {
      set: readHeaders(fields['set']),
      add: readHeaders(fields['add']),
      remove: textsOf(fields['remove']),
    },
  }
}

const isHeaderValue = (value: string): boolean => /^[\t\u0020-\u007e\u0080-\u{10ffff}]*$/u.test(value)

/** "Subsequent entries with an equivalent header name MUST be ignored", says the specification. */
function readHeaders(list: unknown): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const item of listOf(list).map(fieldsOf)) {
    const name = (textOf(item['name']) ?? '').toLowerCase()
    if (!(name in headers)) headers[name] = textOf(item['value']) ?? ''
  }
  return headers
}
