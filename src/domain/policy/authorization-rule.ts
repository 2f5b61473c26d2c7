import type { Fields } from '../mesh/read-fields.ts'
import { textsOf } from '../mesh/read-fields.ts'
import type { AuthorizationAction, AuthorizationRule } from '../mesh/security.ts'
import type { Asked, Attribute } from './attribute.ts'
import { conditionAttribute, operationAttributes, sourceAttributes } from './attribute.ts'

/** Whether a rule is for a call. */
export interface Judgement {
  readonly answer: 'yes' | 'no' | 'unknown'
  /** Why not, or what is not known; one clause in words. */
  readonly reason: string
  /** The attribute that says no. */
  readonly attribute?: string
  /** That it hangs on a value which is only the usual one. */
  readonly isAssumed?: boolean
}

const YES: Judgement = { answer: 'yes', reason: 'yes' }

/** Every part must hold; what is known to fail decides, whatever else is not known. */
function every(parts: Iterable<Judgement>): Judgement {
  let result = YES
  for (const part of parts) {
    if (part.answer === 'no') return part
    if (part.answer === 'unknown' && result.answer === 'yes') result = part
    else if (part.isAssumed === true && result.answer === 'yes') result = { ...result, isAssumed: true }
  }
  return result
}

/** One alternative must hold; the reason is the first one's. */
function some(parts: readonly Judgement[]): Judgement {
  return (
    parts.find(part => part.answer === 'yes') ??
    parts.find(part => part.answer === 'unknown') ??
    parts[0] ??
    YES
  )
}

/** Judges one rule of a policy with an action; an empty rule is for everything. */
export function judgeRule(asked: Asked, rule: AuthorizationRule, action: AuthorizationAction): Judgement {
  const judge = (attribute: Attribute, values: readonly string[], notValues: readonly string[]): Judgement =>
    judgeValues(attribute, values, notValues, asked.call.protocol === 'tcp' ? action : undefined)
  const judgeFields = (fields: Fields, attributes: readonly Attribute[]): Judgement =>
    every(
      attributes.map(attribute =>
        judge(attribute, textsOf(fields[attribute.name]), textsOf(fields[oppositeOf(attribute.name)])),
      ),
    )
  return every([
    some(rule.from.map(fields => judgeFields(fields, sourceAttributes(asked)))),
    some(rule.to.map(fields => judgeFields(fields, operationAttributes(asked)))),
    ...rule.when.map(({ key, values, notValues }) =>
      judge(conditionAttribute(asked, key), values, notValues),
    ),
  ])
}

const oppositeOf = (name: string): string => `not${name.charAt(0).toUpperCase()}${name.slice(1)}`

/**
 * On a connection that is not read, a DENY rule's conditions on requests are left out, and an ALLOW rule that has any
 * is left out whole.
 * Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation ("HTTP only").
 */
function judgeValues(
  { name, subject, own, compare, isUnknown, isOfRequest, isAssumed }: Attribute,
  values: readonly string[],
  notValues: readonly string[],
  tcpAction: AuthorizationAction | undefined,
): Judgement {
  if (values.length === 0 && notValues.length === 0) return YES
  if (tcpAction !== undefined && isOfRequest === true)
    return tcpAction === 'DENY'
      ? YES
      : {
          answer: 'no',
          attribute: name,
          reason: `${name} is only known of HTTP requests, and this is a TCP connection`,
        }
  if (isUnknown === true) return { answer: 'unknown', attribute: name, reason: `${subject} is not known` }
  const assumed = isAssumed === true ? { isAssumed } : {}
  const no = (reason: string): Judgement => ({ answer: 'no', attribute: name, reason, ...assumed })
  if (values.length > 0 && !own.some(value => values.some(wanted => compare(wanted, value))))
    return no(
      own.length === 0
        ? `${absent(name, subject)}, not ${listOr(values)}`
        : `${subject} is ${own.join(', ')}, not ${listOr(values)}`,
    )
  if (own.some(value => notValues.some(wanted => compare(wanted, value))))
    return no(`${subject} is ${own.join(', ')}, which the rule excludes`)
  return { ...YES, ...assumed }
}

const listOr = (values: readonly string[]): string => values.join(' or ')

function absent(name: string, subject: string): string {
  if (/principals?$/i.test(name) && !name.startsWith('request'))
    return 'the caller proves no identity by mutual TLS'
  if (/^(source\.)?(namespaces?|serviceAccounts?)$/.test(name))
    return `${subject} is not proved by mutual TLS`
  if (name.startsWith('request'))
    return name.startsWith('request.headers') ? `${subject} is absent` : 'the request has no accepted token'
  return `${subject} is absent`
}
