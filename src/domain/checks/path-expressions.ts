import type { HttpMatch, VirtualService } from '../istio/virtual-service.ts'
import { compileExpression } from '../routing/route/match.ts'
import type { Check, Finding } from './check.ts'
import { needsCharacter, neverBeginsWith } from './expression-needs.ts'

/** MWB0105: matches that take no request, or not what they seem to; of VirtualServices and of routes. */
export const pathExpressions: Check = ({ mesh }) => {
  const found = new Map<string, Finding>()
  for (const item of mesh.virtualServices) {
    if (item.kind === 'Ingress') continue
    for (const rule of item.http)
      for (const [index, match] of rule.matches.entries())
        for (const { field, why } of explainMatch(match, item)) {
          const path = placeOf(item, rule.source ?? { rule: rule.index, match: index }, index, field)
          const key = `${item.kind} ${item.namespace}/${item.object.metadata.name} ${path}`
          if (!found.has(key))
            found.set(key, { code: 'MWB0105', severity: 'warning', object: item.object, path, message: why })
        }
  }
  return [...found.values()]
}

function placeOf(
  { isGatewayApi }: VirtualService,
  { rule, match }: { readonly rule: number; readonly match?: number },
  index: number,
  field: string,
): string {
  if (isGatewayApi !== true) return `spec.http[${String(rule)}].match[${String(index)}].${field}`
  return `spec.rules[${String(rule)}].matches[${String(match ?? index)}]${field.startsWith('uri') ? '.path.value' : ''}`
}

interface Explained {
  readonly field: string
  readonly why: string
}

function explainMatch(
  { uri, method, scheme }: HttpMatch,
  { isGatewayApi }: VirtualService,
): readonly Explained[] {
  const found: Explained[] = []
  if (uri !== undefined && uri.kind !== 'present') {
    const why =
      uri.kind === 'regex'
        ? explainExpression(uri.value)
        : isGatewayApi === true
          ? undefined
          : explainText(uri.value)
    if (why !== undefined) found.push({ field: `uri.${uri.kind}`, why })
  }
  if (isGatewayApi === true) return found
  if (method?.kind === 'exact' && /^[a-z]+$/.test(method.value))
    found.push({
      field: 'method.exact',
      why: `Methods are written in capitals: "${method.value}" matches no request, write ${method.value.toUpperCase()}`,
    })
  if (scheme?.kind === 'exact' && scheme.value !== scheme.value.toLowerCase())
    found.push({
      field: 'scheme.exact',
      why: `Schemes are in lower case: "${scheme.value}" matches no request`,
    })
  return found
}

function explainText(value: string): string | undefined {
  if (value.includes('?')) return `"${value}" has a query, which is no part of the path: use queryParams`
  if (value.includes('#')) return `"${value}" has a fragment, which browsers do not send`
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value))
    return `"${value}" is a URL: match its path only, and its host with authority`
  // `OPTIONS *` asks for the server itself.
  if (value !== '' && value !== '*' && !value.startsWith('/'))
    return `"${value}" matches no path: every path begins with a slash`
  return value.includes('*') && value !== '*'
    ? `"${value}" is compared as it is written: * stands for nothing else here, use regex or prefix`
    : undefined
}

function explainExpression(value: string): string | undefined {
  if (compileExpression(value) === undefined) return undefined
  if (/^\/.*\\\/.*\/[gimsuy]*$/.test(value))
    return `"${value}" is written as in JavaScript: the slashes around it and the letters after it are part of what must match`
  if (neverBeginsWith(value, canBeSlash))
    return `"${value}" matches no path: an expression must match the whole path, which begins with a slash`
  // `.*debug=1` is how a query is looked for in the whole URL.
  if (needsCharacter(value, isQuestionMark) || /(?:^|\.\*|\.\+|[&)])[\w-]+=/.test(value))
    return `"${value}" looks for a query, which is no part of the path: use queryParams`
  return undefined
}

const isQuestionMark = (atom: string): boolean => atom === String.raw`\?` || /^\[[?&\\]+\]$/.test(atom)

/** Whether an atom may stand for a slash; what is not known may. */
function canBeSlash(atom: string): boolean {
  if (atom.startsWith('[')) {
    const isNegated = atom.startsWith('[^')
    const inside = atom.slice(isNegated ? 2 : 1, -1)
    // A range such as `+-9` may hold the slash between its ends.
    const hasSlash =
      inside.includes('/') ||
      [...inside.matchAll(/(.)-(.)/g)].some(([, from = '', to = '']) => from <= '/' && '/' <= to)
    const isOpen = /\\[SWDP]|\[:/.test(inside)
    return isNegated ? !hasSlash : hasSlash || isOpen
  }
  if (atom.startsWith('\\')) return !/^\\(?:[wds]|[^A-Za-z0-9/])$/.test(atom)
  return atom === '/' || atom === '.'
}
