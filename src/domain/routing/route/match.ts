import { RE2JS } from 're2js'
import type { HttpMatch, TextMatch } from '../../istio/virtual-service.ts'
import type { RequestView } from './request-view.ts'
import { headerOf } from './request-view.ts'

/** One thing that a match asks of a request. `explain` is asked only where `isMet` said no. */
export interface Condition {
  readonly isMet: (view: RequestView) => boolean
  readonly explain: (view: RequestView) => string
}

/**
 * The conditions of one HTTPMatchRequest about the request itself; all must be met.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest
 */
export function compileMatch(match: HttpMatch, isPathSeparated = false): readonly Condition[] {
  const conditions: Condition[] = []
  if (match.uri) conditions.push(compilePath(match.uri, match.ignoreUriCase, isPathSeparated))
  if (match.method) conditions.push(compileValue('method', match.method, view => view.request.method))
  if (match.authority) conditions.push(compileValue('host', match.authority, view => view.request.host))
  if (match.scheme) conditions.push(compileValue('scheme', match.scheme, view => view.request.scheme))
  for (const [name, text] of Object.entries(match.headers))
    conditions.push(compileValue(`header ${name}`, text, view => headerOf(view, name)))
  for (const [name, text] of Object.entries(match.withoutHeaders)) conditions.push(compileAbsence(name, text))
  for (const [name, text] of Object.entries(match.queryParams))
    conditions.push(compileValue(`query parameter ${name}`, text, view => view.parameters.get(name)))
  return conditions
}

type ReadValue = (view: RequestView) => string | undefined

function compileValue(subject: string, match: TextMatch, read: ReadValue): Condition {
  const test = compileTest(match)
  return {
    isMet: view => {
      const value = read(view)
      return value !== undefined && test(value)
    },
    explain: view => {
      const value = read(view)
      return value === undefined ? `${subject} is absent` : explainValue(subject, value, match)
    },
  }
}

/** Envoy reads an absent header as empty here (`treat_missing_header_as_empty`), so absence mostly passes. */
function compileAbsence(name: string, match: TextMatch): Condition {
  const test = compileTest(match)
  return {
    isMet: view => {
      const value = headerOf(view, name)
      return match.kind === 'present' ? value === undefined : !test(value ?? '')
    },
    explain: view => {
      const value = headerOf(view, name)
      if (match.kind === 'present') return `header ${name} is present`
      return value === undefined
        ? `header ${name} is absent, which the rule excludes`
        : `header ${name} is "${value}", which the rule excludes`
    },
  }
}

/** Envoy compares the path without its query, and ignores case for exact and prefix matches only. */
function compilePath(match: TextMatch, isCaseIgnored: boolean, isPathSeparated: boolean): Condition {
  const isFolded = isCaseIgnored && match.kind !== 'regex'
  const wanted = isFolded && match.kind !== 'present' ? { ...match, value: match.value.toLowerCase() } : match
  const test =
    isPathSeparated && wanted.kind === 'prefix' && wanted.value !== '/'
      ? compilePathPrefix(wanted.value)
      : compileTest(wanted)
  return {
    isMet: view => test(isFolded ? view.path.toLowerCase() : view.path),
    explain: view => `${explainValue('path', view.path, match)}${explainPathRule(match, isCaseIgnored)}`,
  }
}

/** What people expect of a path match otherwise. */
function explainPathRule(match: TextMatch, isCaseIgnored: boolean): string {
  if (match.kind === 'present') return ''
  if (match.kind !== 'regex') return match.value.includes('?') ? ': the query is no part of the path' : ''
  if (compileExpression(match.value) === undefined) return ''
  const flags = isCaseIgnored ? '; ignoreUriCase does not count for expressions' : ''
  return `: an expression must match the whole path, without the query${flags}`
}

/** A prefix that ends at a `/`: what Ingress and the Gateway API mean by one. */
const compilePathPrefix = (prefix: string): ((path: string) => boolean) => {
  const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  return path => path === bare || path.startsWith(`${bare}/`)
}

/** The test of a StringMatch: regular expressions are RE2's and must match the whole text. */
export function compileTest(match: TextMatch): (value: string) => boolean {
  switch (match.kind) {
    case 'present':
      return () => true
    case 'exact':
      return value => value === match.value
    case 'prefix':
      return value => value.startsWith(match.value)
    case 'regex': {
      const expression = compileExpression(match.value)
      return value => expression?.matches(value) ?? false
    }
  }
}

/** A regular expression in RE2's syntax, or undefined where it has none; Istio's webhook refuses such an object. */
export function compileExpression(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source)
  } catch {
    return undefined
  }
}

function explainValue(subject: string, value: string, match: TextMatch): string {
  switch (match.kind) {
    case 'present':
      return `${subject} is absent`
    case 'exact':
      return `${subject} ${subject === 'path' ? '' : 'is '}"${value}"${subject === 'path' ? ' is' : ','} not "${match.value}"`
    case 'prefix':
      return `${subject} ${subject === 'path' ? '' : 'is '}"${value}"${subject === 'path' ? '' : ' and'} does not start with "${match.value}"`
    case 'regex':
      return compileExpression(match.value) === undefined
        ? `"${match.value}" is not a regular expression`
        : `${subject} ${subject === 'path' ? '' : 'is '}"${value}"${subject === 'path' ? '' : ' and'} does not match the expression "${match.value}"`
  }
}
