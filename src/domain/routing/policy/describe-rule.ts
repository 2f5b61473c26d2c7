import type { Fields } from '../../istio/fields/read-fields.ts'
import { textsOf } from '../../istio/fields/read-fields.ts'
import type { AuthorizationRule } from '../../istio/security.ts'

/** What an empty rule is for. */
export const EVERYBODY = 'everybody'

/** Whom and what a rule of an AuthorizationPolicy is for: `principals a or b with methods GET`. */
export function describeRule({ from, to, when }: AuthorizationRule): string {
  const parts = [
    from
      .map(describeFields)
      .filter(text => text !== '')
      .join(', or '),
    to
      .map(describeFields)
      .filter(text => text !== '')
      .join(', or '),
    when
      .map(({ key, values, notValues }) => describeValues(key, values, notValues))
      .filter(text => text !== '')
      .join(' and '),
  ].filter(text => text !== '')
  return parts.length === 0 ? EVERYBODY : parts.join(' with ')
}

const describeFields = (fields: Fields): string =>
  Object.entries(fields)
    .filter(([, values]) => textsOf(values).length > 0)
    .map(([name, values]) => `${name} ${textsOf(values).join(' or ')}`)
    .join(' and ')

const describeValues = (key: string, values: readonly string[], notValues: readonly string[]): string =>
  [
    values.length === 0 ? '' : `${key} ${values.join(' or ')}`,
    notValues.length === 0 ? '' : `${key} not ${notValues.join(' or ')}`,
  ]
    .filter(text => text !== '')
    .join(' and ')
