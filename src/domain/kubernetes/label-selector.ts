import { fieldsOf, listOf, textMapOf, textOf, textsOf } from '../istio/fields/read-fields.ts'

/**
 * Whether labels fit a LabelSelector; an empty one fits all.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function fitsLabelSelector(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const fields = fieldsOf(selector)
  const isEqual = Object.entries(textMapOf(fields['matchLabels'])).every(
    ([key, value]) => labels[key] === value,
  )
  return isEqual && listOf(fields['matchExpressions']).every(item => fitsExpression(item, labels))
}

function fitsExpression(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const fields = fieldsOf(expression)
  const value = labels[textOf(fields['key']) ?? '']
  const values = textsOf(fields['values'])
  switch (fields['operator']) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
