import type { Fields } from '../mesh/read-fields.ts'
import {
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textMapOf,
  textOf,
  textsOf,
} from '../mesh/read-fields.ts'
import {
  hasItems,
  isDnsLabel,
  refuseDestination,
  refuseDuration,
  refuseExpression,
  refuseGatewayNames,
  refuseLabels,
  refusePercent,
  refusePort,
  refuseText,
} from './refuse-fields.ts'
import type { Refuse } from './refusals.ts'

const headerName = /^[-!#$%&'*+.^_`|~0-9a-zA-Z]+$/
const pseudoHeaders = new Set([':method', ':scheme', ':authority', ':path', ':status'])
const isAuthority = (name: string): boolean => /^(host|:authority)$/i.test(name)

/** One entry of `spec.http`: `validateHTTPRoute` in istio's pkg/config/validation/virtualservice.go. */
export function refuseHttpRule(refuse: Refuse, path: string, rule: Fields, isDelegate: boolean): void {
  refuseConflicts(refuse, path, rule, isDelegate)
  for (const [index, match] of listOf(rule['match']).entries())
    refuseMatch(refuse, `${path}.match[${String(index)}]`, fieldsOf(match))
  refuseHeaders(refuse, `${path}.headers`, rule['headers'])
  refuseCors(refuse, `${path}.corsPolicy`, fieldsOf(rule['corsPolicy']))
  refuseFault(refuse, `${path}.fault`, optionalFields(rule['fault']))
  refuseMirrors(refuse, path, rule)
  refuseRedirect(refuse, `${path}.redirect`, optionalFields(rule['redirect']), listOf(rule['match']))
  const direct = optionalFields(rule['directResponse'])
  if (direct !== undefined) refuseStatus(refuse, `${path}.directResponse.status`, direct['status'])
  refuseRetries(refuse, `${path}.retries`, fieldsOf(rule['retries']))
  refuseRewrite(refuse, `${path}.rewrite`, optionalFields(rule['rewrite']))
  refuseTwoAuthorities(refuse, path, rule)
  refuseTargets(refuse, `${path}.route`, rule['route'])
  refuseDuration(refuse, `${path}.timeout`, rule['timeout'])
}

function refuseConflicts(refuse: Refuse, path: string, rule: Fields, isDelegate: boolean): void {
  const has = (field: string): boolean => optionalFields(rule[field]) !== undefined
  if (has('delegate')) {
    if (isDelegate) refuse(`${path}.delegate`, 'a delegate cannot delegate further')
    else {
      if (has('redirect')) refuse(`${path}.redirect`, 'a rule that delegates cannot redirect')
      if (rule['route'] !== undefined) refuse(`${path}.route`, 'a rule that delegates cannot have a route')
      return
    }
  }
  const actions = ['redirect', 'directResponse'].filter(has)
  for (const action of actions) {
    if (hasItems(rule['route'])) refuse(`${path}.${action}`, `a rule cannot have both route and ${action}`)
    for (const field of ['fault', 'rewrite'])
      if (has(field)) refuse(`${path}.${field}`, `a rule cannot have both ${field} and ${action}`)
  }
  if (actions.length > 1)
    refuse(`${path}.directResponse`, 'a rule cannot have both redirect and directResponse')
  if (actions.length === 0 && !hasItems(rule['route']))
    refuse(`${path}.route`, 'a rule needs a route, a redirect or a directResponse')
  if (has('mirror') && hasItems(rule['mirrors']))
    refuse(`${path}.mirrors`, 'a rule cannot have both mirror and mirrors')
}

function refuseMatch(refuse: Refuse, path: string, match: Fields): void {
  for (const [name, text] of Object.entries(fieldsOf(match['headers']))) {
    refuseMatchName(refuse, `${path}.headers.${name}`, name)
    refuseText(refuse, `${path}.headers.${name}`, text)
  }
  for (const [name, text] of Object.entries(fieldsOf(match['withoutHeaders']))) {
    refuseMatchName(refuse, `${path}.withoutHeaders.${name}`, name)
    if (fieldsOf(text)['regex'] !== '*') refuseText(refuse, `${path}.withoutHeaders.${name}`, text)
  }
  refuseText(refuse, `${path}.uri`, match['uri'], true)
  for (const field of ['scheme', 'method', 'authority']) refuseText(refuse, `${path}.${field}`, match[field])
  for (const [name, text] of Object.entries(fieldsOf(match['queryParams'])))
    refuseText(refuse, `${path}.queryParams.${name}`, text)
  if ((numberOf(match['port']) ?? 0) !== 0) refusePort(refuse, `${path}.port`, match['port'])
  refuseLabels(refuse, `${path}.sourceLabels`, match['sourceLabels'])
  refuseGatewayNames(refuse, `${path}.gateways`, match['gateways'])
  const namespace = textOf(match['sourceNamespace'])
  if (namespace !== undefined && !isDnsLabel(namespace))
    refuse(`${path}.sourceNamespace`, `"${namespace}" is not a namespace`)
}

function refuseMatchName(refuse: Refuse, path: string, name: string): void {
  if (name.startsWith('@request.auth.claims') || pseudoHeaders.has(name)) return
  if (!headerName.test(name)) refuse(path, `"${name}" is not a header's name`)
}

/**
 * Text with operators such as `%REQ(x)%` and with `%%` for the sign itself.
 * Source: `validateHeaderValue` in istio's pkg/config/validation/header_value.go.
 */
const OPERATORS =
  /^(?:[^%]|%%|%[^%(]+(?:\( *(?:\[ *"(?:\\.|[^"\\)])*" *(?:, *"(?:\\.|[^"\\)])*" *)*\] *|[^ [](?:\\.|[^"\\)])*)\) *)?%)*$/s

function refuseHeaders(refuse: Refuse, path: string, value: unknown): void {
  for (const side of ['request', 'response']) {
    const changes = fieldsOf(fieldsOf(value)[side])
    for (const action of ['set', 'add'])
      for (const [name, text] of Object.entries(textMapOf(changes[action]))) {
        const at = `${path}.${side}.${action}.${name}`
        refuseHeaderName(refuse, at, name, side === 'request')
        if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) refuse(at, 'the value has a control character')
        if (!OPERATORS.test(text))
          refuse(at, `"${text}" is not a header's value: a percent sign is written %%`)
      }
    for (const name of textsOf(changes['remove']))
      refuseHeaderName(refuse, `${path}.${side}.remove`, name, false)
  }
}

function refuseHeaderName(refuse: Refuse, path: string, name: string, isHostAllowed: boolean): void {
  if (name === '') refuse(path, "a header's name is empty")
  else if (isAuthority(name) ? !isHostAllowed : name.startsWith(':'))
    refuse(path, `the header "${name}" cannot be changed here`)
}

const corsMethods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  '*',
])

function refuseCors(refuse: Refuse, path: string, policy: Fields): void {
  for (const [index, origin] of listOf(policy['allowOrigins']).entries()) {
    const at = `${path}.allowOrigins[${String(index)}]`
    const { exact, prefix, regex } = fieldsOf(origin)
    if (!exact && !prefix && !regex) refuse(at, 'the origin is empty')
    refuseText(refuse, at, origin, true)
  }
  for (const method of textsOf(policy['allowMethods']))
    if (!corsMethods.has(method)) refuse(`${path}.allowMethods`, `"${method}" is not a method`)
  for (const field of ['allowHeaders', 'exposeHeaders'])
    for (const name of textsOf(policy[field]))
      if (name !== '*' && !headerName.test(name))
        refuse(`${path}.${field}`, `"${name}" is not a header's name`)
  refuseDuration(refuse, `${path}.maxAge`, policy['maxAge'])
  const age = textOf(policy['maxAge'])
  if (age !== undefined && /ms|\.\d*[1-9]/.test(age)) refuse(`${path}.maxAge`, `${age} is not whole seconds`)
}

const grpcStatuses = new Set(
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED UNAUTHENTICATED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS'.split(
    ' ',
  ),
)

function refuseFault(refuse: Refuse, path: string, fault: Fields | undefined): void {
  if (fault === undefined) return
  const delay = optionalFields(fault['delay'])
  const abort = optionalFields(fault['abort'])
  if (delay === undefined && abort === undefined) refuse(path, 'a fault needs a delay, an abort or both')
  if (abort !== undefined) {
    refusePercent(refuse, `${path}.abort.percentage`, abort['percentage'])
    const grpc = textOf(abort['grpcStatus'])
    if (grpc !== undefined) {
      if (!grpcStatuses.has(grpc)) refuse(`${path}.abort.grpcStatus`, `"${grpc}" is not a status of gRPC`)
    } else if (abort['http2Error'] !== undefined)
      refuse(`${path}.abort.http2Error`, 'aborts with HTTP/2 errors are not supported')
    else if (abort['httpStatus'] !== undefined)
      refuseStatus(refuse, `${path}.abort.httpStatus`, abort['httpStatus'])
  }
  if (delay !== undefined) {
    refusePercent(refuse, `${path}.delay.percentage`, delay['percentage'])
    refuseDuration(refuse, `${path}.delay.fixedDelay`, delay['fixedDelay'])
    if (delay['exponentialDelay'] !== undefined)
      refuse(`${path}.delay.exponentialDelay`, 'exponential delays are not supported')
  }
}

function refuseStatus(refuse: Refuse, path: string, value: unknown): void {
  const status = numberOf(value) ?? 0
  if (status < 200 || status > 600) refuse(path, `${String(status)} is not a status; it is 200 to 599`)
}

function refuseMirrors(refuse: Refuse, path: string, rule: Fields): void {
  const legacy = numberOf(rule['mirrorPercent']) ?? numberOf(rule['mirror_percent']) ?? 0
  if (legacy > 100) refuse(`${path}.mirrorPercent`, `${String(legacy)} is more than 100`)
  const percent = numberOf(fieldsOf(rule['mirrorPercentage'])['value']) ?? 0
  if (percent < 0 || percent > 100)
    refuse(`${path}.mirrorPercentage.value`, `${String(percent)} is not 0 to 100`)
  refuseDestination(refuse, `${path}.mirror`, rule['mirror'])
  for (const [index, item] of listOf(rule['mirrors']).entries()) {
    const at = `${path}.mirrors[${String(index)}]`
    const mirror = fieldsOf(item)
    const share = numberOf(fieldsOf(mirror['percentage'])['value']) ?? 0
    if (share < 0 || share > 100) refuse(`${at}.percentage.value`, `${String(share)} is not 0 to 100`)
    if (optionalFields(mirror['destination']) === undefined) refuse(at, 'a mirror needs a destination')
    refuseDestination(refuse, `${at}.destination`, mirror['destination'])
  }
}

function refuseRedirect(
  refuse: Refuse,
  path: string,
  redirect: Fields | undefined,
  matches: readonly unknown[],
): void {
  if (redirect === undefined) return
  const prefix = textOf(redirect['prefixRewrite'])
  if (textOf(redirect['uri']) !== undefined && prefix !== undefined)
    refuse(path, 'a redirect has uri or prefixRewrite, not both')
  if (prefix !== undefined)
    for (const match of matches) {
      const uri = optionalFields(fieldsOf(match)['uri'])
      if (uri !== undefined && uri['prefix'] === undefined)
        refuse(`${path}.prefixRewrite`, 'prefixRewrite needs prefix matches only')
    }
  const fields = ['uri', 'prefixRewrite', 'authority', 'scheme']
  const hasPort = redirect['port'] !== undefined || redirect['derivePort'] !== undefined
  if (!hasPort && fields.every(field => textOf(redirect[field]) === undefined))
    refuse(path, 'a redirect needs a uri, an authority, a scheme or a port')
  const code = numberOf(redirect['redirectCode']) ?? 0
  if (code !== 0 && (code < 300 || code > 399))
    refuse(`${path}.redirectCode`, `${String(code)} is not a redirect; it is 300 to 399`)
  const scheme = textOf(redirect['scheme'])
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    refuse(`${path}.scheme`, `"${scheme}" is neither http nor https`)
  if ((numberOf(redirect['port']) ?? 0) > 0) refusePort(refuse, `${path}.port`, redirect['port'])
}

const retryPolicies = new Set(
  '5xx gateway-error reset reset-before-request connect-failure retriable-4xx refused-stream retriable-status-codes retriable-headers envoy-ratelimited http3-post-connect-failure cancelled deadline-exceeded internal resource-exhausted unavailable'.split(
    ' ',
  ),
)

function refuseRetries(refuse: Refuse, path: string, retries: Fields): void {
  const attempts = numberOf(retries['attempts']) ?? 0
  if (attempts < 0) refuse(`${path}.attempts`, 'attempts cannot be negative')
  const retryOn = textOf(retries['retryOn'])
  const isConfigured =
    textOf(retries['perTryTimeout']) !== undefined ||
    retryOn !== undefined ||
    retries['retryRemoteLocalities'] !== undefined
  if (attempts === 0 && isConfigured) refuse(path, 'retries are configured while there are no attempts')
  refuseDuration(refuse, `${path}.perTryTimeout`, retries['perTryTimeout'])
  refuseDuration(refuse, `${path}.backoff`, retries['backoff'])
  for (const policy of retryOn === undefined ? [] : retryOn.split(','))
    if (!retryPolicies.has(policy) && !isStatus(policy))
      refuse(`${path}.retryOn`, `"${policy}" is not a reason to retry`)
}

/** The statuses that have a name in Go's net/http. */
const isStatus = (text: string): boolean =>
  /^(10[0-3]|20[0-8]|226|30[0-57-8]|40\d|41[0-8]|42[1-6]|428|429|431|451|50[0-8]|510|511)$/.test(text)

function refuseRewrite(refuse: Refuse, path: string, rewrite: Fields | undefined): void {
  if (rewrite === undefined) return
  const regex = optionalFields(rewrite['uriRegexRewrite'])
  const uri = textOf(rewrite['uri'])
  if (uri !== undefined && regex !== undefined) refuse(path, 'a rewrite has uri or uriRegexRewrite, not both')
  if (uri === undefined && regex === undefined && textOf(rewrite['authority']) === undefined)
    refuse(path, 'a rewrite needs a uri, a uriRegexRewrite or an authority')
  if (regex === undefined) return
  const match = textOf(regex['match'])
  if (match === undefined || textOf(regex['rewrite']) === undefined)
    refuse(`${path}.uriRegexRewrite`, 'both match and rewrite are needed')
  else refuseExpression(refuse, `${path}.uriRegexRewrite.match`, match)
}

/** The host may be rewritten in one place only. */
function refuseTwoAuthorities(refuse: Refuse, path: string, rule: Fields): void {
  const request = fieldsOf(fieldsOf(rule['headers'])['request'])
  const changes = ['set', 'add'].flatMap(action =>
    Object.keys(textMapOf(request[action])).filter(isAuthority),
  )
  const count = changes.length + (textOf(fieldsOf(rule['rewrite'])['authority']) === undefined ? 0 : 1)
  if (count > 1) refuse(`${path}.headers.request`, 'the host is rewritten in more than one place')
}

function refuseTargets(refuse: Refuse, path: string, route: unknown): void {
  const targets = listOf(route).map(fieldsOf)
  let total = 0
  for (const [index, target] of targets.entries()) {
    const at = `${path}[${String(index)}]`
    if (optionalFields(target['destination']) === undefined) refuse(at, 'a destination is needed')
    refuseHeaders(refuse, `${at}.headers`, target['headers'])
    refuseDestination(refuse, `${at}.destination`, target['destination'])
    const weight = numberOf(target['weight']) ?? 0
    if (weight < 0) refuse(`${at}.weight`, 'a weight cannot be negative')
    total += weight
  }
  if (targets.length > 1 && total === 0) refuse(path, 'the weights of all destinations are 0')
}

/** The destinations of a TLS or TCP rule. */
export const refuseConnectionTargets = refuseTargets
