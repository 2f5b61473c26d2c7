import { isObject, listOf, objectOf, textOf, valueAt } from './json.ts'

const none = '<none>'

/** Labels as `a=b,c=d`. */
export const labelsText = (labels: unknown): string =>
  Object.entries(objectOf(labels))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(',') || none

/** Source: metav1.FormatLabelSelector. */
export function selectorText(selector: unknown): string {
  if (!isObject(selector)) return none
  const equal = Object.entries(objectOf(selector['matchLabels'])).map(([key, value]) => [
    key,
    `${key}=${textOf(value)}`,
  ])
  const others = listOf(selector['matchExpressions']).map(expression => {
    const key = textOf(valueAt(expression, 'key'))
    const values = listOf(valueAt(expression, 'values')).map(textOf).sort().join(',')
    switch (valueAt(expression, 'operator')) {
      case 'In':
        return [key, `${key} in (${values})`]
      case 'NotIn':
        return [key, `${key} notin (${values})`]
      case 'Exists':
        return [key, key]
      default:
        return [key, `!${key}`]
    }
  })
  return (
    [...equal, ...others]
      .sort(([left = ''], [right = '']) => (left < right ? -1 : 1))
      .map(([, text]) => text)
      .join(',') || none
  )
}
