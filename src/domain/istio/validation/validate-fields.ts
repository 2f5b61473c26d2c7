import type { Fields } from '../fields/read-fields.ts'
import { fieldsOf, listOf, numberOf, optionalFields, textOf, textsOf } from '../fields/read-fields.ts'
import { parseDuration } from '../../routing/route/duration.ts'
import { compileExpression } from '../../routing/route/match.ts'
import type { Report } from './validate-objects.ts'

// Source of all: istio's pkg/config/validation/validation.go and agent/validation.go.

const label = /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/
const dns1123Label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const wildcardLabel = /^(\*|(\*-)?[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)$/

export const isDnsLabel = (text: string): boolean => dns1123Label.test(text)

const isAddress = (host: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':')

/** What is wrong with a host that may begin with a wildcard, or undefined. */
export function explainHost(host: string, isUnderscoreAllowed = false): string | undefined {
  if (host === '') return 'is empty'
  if (host.length > 255) return 'is longer than 255 characters'
  const [first = '', ...rest] = host.replace(/\.$/, '').split('.')
  const isLabel = (text: string): boolean =>
    label.test(isUnderscoreAllowed ? text.replaceAll('_', '-') : text)
  if (!wildcardLabel.test(first) && !isLabel(first)) return `"${host}" is not a domain name`
  if (rest.length > 0 && /^\d+$/.test(rest.at(-1) ?? '')) return `"${host}" ends in a number`
  if (!rest.every(isLabel)) return `"${host}" is not a domain name`
  return undefined
}

/** Names a host that is neither a domain, with or without a wildcard, nor an address. */
export function validateHost(report: Report, path: string, host: string): void {
  const problem = isAddress(host) ? undefined : explainHost(host)
  if (problem !== undefined) report(path, `the host ${problem}`)
}

/** A StringMatch: regular expressions must be RE2's, and a prefix of nothing matches nothing but the path. */
export function validateText(
  report: Report,
  path: string,
  value: unknown,
  isEmptyPrefixAllowed = false,
): void {
  const match = optionalFields(value)
  if (match === undefined) return
  if (match['prefix'] === '' && !isEmptyPrefixAllowed) report(`${path}.prefix`, 'the prefix is empty')
  const regex = match['regex']
  if (typeof regex === 'string') validateExpression(report, `${path}.regex`, regex)
}

export function validateExpression(report: Report, path: string, regex: string): void {
  if (regex === '') report(path, 'the regular expression is empty')
  else if (regex.length > 1024) report(path, 'the regular expression is longer than 1024 characters')
  else if (compileExpression(regex) === undefined)
    report(path, `"${regex}" is not a regular expression as RE2 writes them`)
}

/** A Destination of a route or a mirror. */
export function validateDestination(report: Report, path: string, value: unknown): void {
  const destination = optionalFields(value)
  if (destination === undefined) return
  const host = textOf(destination['host']) ?? ''
  const problem = host === '*' ? 'is a wildcard alone' : explainHost(host)
  if (problem !== undefined) report(`${path}.host`, `the destination's host ${problem}`)
  const subset = textOf(destination['subset'])
  if (subset !== undefined && !isDnsLabel(subset))
    report(`${path}.subset`, `"${subset}" is not a subset's name`)
  if (optionalFields(destination['port']) !== undefined)
    validatePort(report, `${path}.port.number`, fieldsOf(destination['port'])['number'])
}

export function validatePort(report: Report, path: string, value: unknown): void {
  const port = numberOf(value) ?? 0
  if (port < 1 || port > 65_535) report(path, `${String(port)} is not a port; ports are 1 to 65535`)
}

/** A duration must be at least a millisecond; `allowsZero` where nothing is a setting too. */
export function validateDuration(report: Report, path: string, value: unknown): void {
  const text = textOf(value)
  if (text === undefined) return
  const time = parseDuration(text)
  if (time === undefined) report(path, `"${text}" is not a duration`)
  else if (time < 1) report(path, `${text} is shorter than a millisecond`)
  else if (!Number.isInteger(time)) report(path, `${text} is not whole milliseconds`)
}

export function validatePercent(report: Report, path: string, value: unknown): void {
  const percent = optionalFields(value)
  if (percent === undefined) return
  const number = numberOf(percent['value']) ?? 0
  if (number < 0 || number > 100 || (number > 0 && number < 0.0001))
    report(`${path}.value`, `${String(number)} is not a percentage; it is 0, or 0.0001 to 100`)
}

/** Names of gateways: `mesh`, a name, or `namespace/name`. */
export function validateGatewayNames(report: Report, path: string, names: unknown): void {
  for (const [index, name] of textsOf(names).entries()) {
    const at = `${path}[${String(index)}]`
    const slash = name.indexOf('/')
    if (slash < 0) {
      const problem = name.includes('*') ? `"${name}" is not a name` : explainHost(name)
      if (problem !== undefined) report(at, `the gateway ${problem}`)
      return
    }
    if (!isDnsLabel(name.slice(0, slash)) || !isDnsLabel(name.slice(slash + 1)))
      report(at, `"${name}" is not a namespace and a gateway's name`)
  }
}

/** `exportTo`: `.`, `*` or namespaces, none twice, `*` alone. */
export function validateExportTo(
  report: Report,
  namespace: string,
  spec: Fields,
  isServiceEntry = false,
): void {
  const seen = new Set<string>()
  const names = textsOf(spec['exportTo'])
  for (const [index, name] of names.entries()) {
    const at = `spec.exportTo[${String(index)}]`
    const key = name === '.' ? namespace : name
    if (seen.has(key)) report(at, `"${name}" is there twice`)
    seen.add(key)
    if (name !== '.' && name !== '*' && name !== '~' && !isDnsLabel(name))
      report(at, `"${name}" is not a namespace`)
  }
  if (seen.size > 1 && seen.has('*')) report('spec.exportTo', '"*" must stand alone')
  if (seen.has('~') && !isServiceEntry) report('spec.exportTo', '"~" is for ServiceEntries only')
  else if (seen.size > 1 && seen.has('~')) report('spec.exportTo', '"~" must stand alone')
}

export function validateLabels(report: Report, path: string, value: unknown): void {
  for (const [key, text] of Object.entries(fieldsOf(value))) {
    if (!/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[a-zA-Z0-9]([-\w.]{0,61}[a-zA-Z0-9])?$/.test(key))
      report(`${path}.${key}`, `"${key}" is not a label's name`)
    if (typeof text === 'string' && !/^([a-zA-Z0-9]([-\w.]{0,61}[a-zA-Z0-9])?)?$/.test(text))
      report(`${path}.${key}`, `"${text}" is not a label's value`)
  }
}

/** Whether a list is there and has entries. */
export const hasItems = (value: unknown): boolean => listOf(value).length > 0
