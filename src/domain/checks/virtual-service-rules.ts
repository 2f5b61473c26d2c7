import type { HttpMatch, HttpRule, VirtualService } from '../istio/virtual-service.ts'
import { fieldsOf, listOf, numberOf } from '../istio/fields/read-fields.ts'
import { findUnreachableRules } from './unreachable-rules.ts'
import type { Check, CheckContext, Finding } from './check.ts'

const ownRules = ({ mesh }: CheckContext): readonly VirtualService[] =>
  mesh.virtualServices.filter(item => item.kind === 'VirtualService' && item.isGatewayApi !== true)

/** IST0130: rules that no request reaches. */
export const unreachableRules: Check = context =>
  ownRules(context).flatMap(item =>
    findUnreachableRules(item).map(({ message, at = 'spec.http' }) => ({
      code: 'IST0130',
      severity: 'warning',
      object: item.object,
      path: at,
      message,
    })),
  )

/** MWB0102: a match by port alone takes everything on that port; at a gateway the rules after it are not sent. */
export const portOnlyMatches: Check = context =>
  ownRules(context).flatMap(item =>
    item.http.flatMap(rule =>
      rule.matches.flatMap((match, index): readonly Finding[] => {
        const { port } = match
        if (port === undefined || !isPortOnly(match)) return []
        const later = item.http.slice(rule.index + 1).filter(other => isNarrow(other, port))
        if (later.length === 0) return []
        return [
          {
            code: 'MWB0102',
            severity: 'warning',
            object: item.object,
            path: `spec.http[${String(rule.index)}].match[${String(index)}]`,
            message: `This match takes every request on port ${String(port)}, so that ${later.map(other => `rule ${String(other.index + 1)}`).join(' and ')} never ${later.length === 1 ? 'takes' : 'take'} one there`,
          },
        ]
      }),
    ),
  )

const isEmpty = (record: object): boolean => Object.keys(record).length === 0

const asksNothing = (match: HttpMatch): boolean =>
  match.uri === undefined &&
  match.method === undefined &&
  match.authority === undefined &&
  match.scheme === undefined &&
  isEmpty(match.headers) &&
  isEmpty(match.withoutHeaders) &&
  isEmpty(match.queryParams)

const isPortOnly = (match: HttpMatch): boolean =>
  asksNothing(match) && isEmpty(match.sourceLabels) && match.sourceNamespace === undefined

/** Whether a rule asks for something on any port, so that its author meant it to come before a rule for everything. */
const isNarrow = ({ matches }: HttpRule, port: number): boolean =>
  matches.some(match => (match.port === undefined || match.port === port) && !asksNothing(match))

/** MWB0104: weights that do not sum to 100. */
export const weights: Check = context =>
  ownRules(context).flatMap(item => {
    const spec = fieldsOf(item.object.spec)
    return (['http', 'tls', 'tcp'] as const).flatMap(list =>
      listOf(spec[list]).flatMap((rule, index): readonly Finding[] => {
        const own = listOf(fieldsOf(rule)['route']).map(target => numberOf(fieldsOf(target)['weight']) ?? 0)
        const sum = own.reduce((total, weight) => total + weight, 0)
        if (own.length < 2 || sum === 100 || sum === 0) return []
        return [
          {
            code: 'MWB0104',
            severity: 'warning',
            object: item.object,
            path: `spec.${list}[${String(index)}].route`,
            message: `The weights of rule ${String(index + 1)} sum to ${String(sum)}, not 100: Istio shares requests by their part of it`,
          },
        ]
      }),
    )
  })
