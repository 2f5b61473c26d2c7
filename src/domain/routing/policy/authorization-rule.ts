import type { Fields } from '../../istio/fields/read-fields.ts'
import { textsOf } from '../../istio/fields/read-fields.ts'
import type { AuthorizationAction, AuthorizationRule } from '../../istio/security.ts'
import type { Asked, Attribute } from './attribute.ts'
import { conditionAttribute, operationAttributes, sourceAttributes } from './attribute.ts'

/** Whether a rule is for a call. */
export interface Evaluation {
  readonly answer: 'yes' | 'no' | 'unknown'
  /** Why not, or what is not known; one clause in words. */
  readonly reason: string
  /** The attribute that says no. */
  readonly attribute?: string
  /** Conditions on requests that a TCP connection cannot have, so that they are left out. */
  readonly ignored?: readonly string[]
  /** That it hangs on a value which is only the usual one. */
  readonly isAssumed?: boolean
}

const YES: Evaluation = { answer: 'yes', reason: 'yes' }

/** Every part must hold; what is known to fail decides, whatever else is not known. */
function every(parts: Iterable<Evaluation>): Evaluation {
  let result = YES
  for (const part of parts) {
    if (part.answer === 'no') return part
    if (part.answer === 'unknown' && result.answer === 'yes') result = part
    else if (part.isAssumed === true && result.answer === 'yes') result = { ...result, isAssumed: true }
  }
  return result
}

/** One alternative must hold; the reason is the first one's. */
function some(parts: readonly Evaluation[]): Evaluation {
  return (
    parts.find(part => part.answer === 'yes') ??
    parts.find(part => part.answer === 'unknown') ??
    parts[0] ??
    YES
  )
}

/**
 * Judges one rule of a policy with an action; an empty rule is for everything. On a connection that is not read, a
 * DENY rule's conditions on requests are left out, and an ALLOW rule that has any is left out whole.
 * Source: `Generate` in istio's pilot/pkg/security/authz/model/model.go.
 */
export function evaluateRule(asked: Asked, rule: AuthorizationRule, action: AuthorizationAction): Evaluation {
  const isTcp = asked.call.protocol === 'tcp'
  const [http] = isTcp && action !== 'DENY' ? findRequestAttributes(asked, rule) : []
  if (http !== undefined)
    return {
      answer: 'no',
      attribute: http,
      reason:
        asked.call.isAtZtunnel === true
          ? `${http} is only known of HTTP requests, and ztunnel, which enforces the policy, sees connections alone`
          : `${http} is only known of HTTP requests, and this is a TCP connection`,
    }
  const evaluate = (
    attribute: Attribute,
    values: readonly string[],
    notValues: readonly string[],
  ): Evaluation => evaluateValues(attribute, values, notValues, isTcp && isOfRequest(asked, attribute))
  const evaluateFields = (fields: Fields, attributes: readonly Attribute[]): Evaluation =>
    every(
      attributes.map(attribute =>
        evaluate(attribute, textsOf(fields[attribute.name]), textsOf(fields[oppositeOf(attribute.name)])),
      ),
    )
  const evaluation = every([
    some(rule.from.map(fields => evaluateFields(fields, sourceAttributes(asked)))),
    some(rule.to.map(fields => evaluateFields(fields, operationAttributes(asked)))),
    ...rule.when.map(({ key, values, notValues }) =>
      evaluate(conditionAttribute(asked, key), values, notValues),
    ),
  ])
  const ignored = isTcp ? findRequestAttributes(asked, rule) : []
  return ignored.length === 0 ? evaluation : { ...evaluation, ignored }
}

const oppositeOf = (name: string): string => `not${name.charAt(0).toUpperCase()}${name.slice(1)}`

/** What ztunnel does not know either: `handleRule` in istio's pilot/pkg/serviceregistry/kube/controller/ambient/authorization.go. */
const UNKNOWN_TO_ZTUNNEL: ReadonlySet<string> = new Set(['remoteIpBlocks', 'remote.ip', 'connection.sni'])

/** Whether an attribute is only known of HTTP requests to whoever judges the call. */
const isOfRequest = ({ call }: Asked, attribute: Attribute): boolean =>
  attribute.isOfRequest === true || (call.isAtZtunnel === true && UNKNOWN_TO_ZTUNNEL.has(attribute.name))

function findRequestAttributes(asked: Asked, { from, to, when }: AuthorizationRule): readonly string[] {
  const isNamed = (fields: Fields, attribute: Attribute): boolean =>
    isOfRequest(asked, attribute) && (attribute.name in fields || oppositeOf(attribute.name) in fields)
  const named = (list: readonly Fields[], attributes: readonly Attribute[]): readonly string[] =>
    attributes.filter(attribute => list.some(fields => isNamed(fields, attribute))).map(({ name }) => name)
  return [
    ...named(from, sourceAttributes(asked)),
    ...named(to, operationAttributes(asked)),
    ...when.filter(({ key }) => isOfRequest(asked, conditionAttribute(asked, key))).map(({ key }) => key),
  ]
}

function evaluateValues(
  { name, subject, own, compare, isUnknown, isAssumed }: Attribute,
  values: readonly string[],
  notValues: readonly string[],
  isLeftOut: boolean,
): Evaluation {
  if (values.length === 0 && notValues.length === 0) return YES
  if (isLeftOut) return YES
  if (isUnknown === true) return { answer: 'unknown', attribute: name, reason: `${subject} is not known` }
  const assumed = isAssumed === true ? { isAssumed } : {}
  const no = (reason: string): Evaluation => ({ answer: 'no', attribute: name, reason, ...assumed })
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
