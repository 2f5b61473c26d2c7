import type { Attributes } from './metric-tags.ts'

const COMPARISON = /^\s*(?<left>.+?)\s*(?<operator>==|!=|>=|<=|>|<)\s*(?<right>.+?)\s*$/s

/**
 * Whether a filter of access logs keeps a request. A part of CEL: comparisons of attributes with literals, joined by
 * `&&` and `||`, `has(…)`. Undefined for what is more than that.
 * Source: https://istio.io/latest/docs/reference/config/telemetry/#AccessLogging-Filter
 */
export function evaluateLogFilter(expression: string, attributes: Attributes): boolean | undefined {
  const any = expression.split('||').map(part => evaluateAll(part, attributes))
  return any.includes(true) ? true : any.includes(undefined) ? undefined : false
}

function evaluateAll(expression: string, attributes: Attributes): boolean | undefined {
  const all = expression.split('&&').map(part => evaluateOne(part, attributes))
  return all.includes(false) ? false : all.includes(undefined) ? undefined : true
}

function evaluateOne(text: string, attributes: Attributes): boolean | undefined {
  const trimmed = text.trim()
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true'
  const negated = /^!\s*(?<inner>has\(.*\))$/s.exec(trimmed)?.groups?.['inner']
  const asked = /^has\((?<path>[\w.]+)\)$/.exec(negated ?? trimmed)?.groups?.['path']
  if (asked !== undefined) return (attributes[asked] !== undefined) !== (negated !== undefined)
  const { left = '', operator, right = '' } = COMPARISON.exec(trimmed)?.groups ?? {}
  const [one, other] = [valueOf(left, attributes), valueOf(right, attributes)]
  if (operator === undefined || one === undefined || other === undefined) return undefined
  switch (operator) {
    case '==':
      return one === other
    case '!=':
      return one !== other
    case '>=':
      return one >= other
    case '<=':
      return one <= other
    case '>':
      return one > other
    default:
      return one < other
  }
}

function valueOf(text: string, attributes: Attributes): string | number | undefined {
  const literal = /^(?:'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)")$/.exec(text)?.groups
  if (literal) return literal['single'] ?? literal['double'] ?? ''
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text)
  const entry = /^(?<path>[\w.]+)\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]$/.exec(text)?.groups
  const value = attributes[entry?.['path'] ?? text]
  if (entry === undefined) return typeof value === 'object' ? undefined : value
  const name = entry['single'] ?? entry['double'] ?? ''
  return typeof value === 'object' ? (value[name.toLowerCase()] ?? '') : undefined
}
