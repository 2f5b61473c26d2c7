import type { Fields } from '../fields/read-fields.ts'
import {
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textMapOf,
  textOf,
  textsOf,
} from '../fields/read-fields.ts'
import {
  hasItems,
  isDnsLabel,
  validateDestination,
  validateDuration,
  validateExpression,
  validateGatewayNames,
  validateLabels,
  validatePercent,
  validatePort,
  validateText,
} from './validate-fields.ts'
import type { Report } from './validate-objects.ts'

const headerName = /^[-!#$%&'*+.^_`|~0-9a-zA-Z]+$/
const pseudoHeaders = new Set([':method', ':scheme', ':authority', ':path', ':status'])
const isAuthority = (name: string): boolean => /^(host|:authority)$/i.test(name)

/** One entry of `spec.http`: `validateHTTPRoute` in istio's pkg/config/validation/virtualservice.go. */
export function validateHttpRule(report: Report, path: string, rule: Fields, isDelegate: boolean): void {
  validateConflicts(report, path, rule, isDelegate)
  for (const [index, match] of listOf(rule['match']).entries())
    validateMatch(report, `${path}.match[${String(index)}]`, fieldsOf(match))
  validateHeaders(report, `${path}.headers`, rule['headers'])
  validateCors(report, `${path}.corsPolicy`, fieldsOf(rule['corsPolicy']))
  validateFault(report, `${path}.fault`, optionalFields(rule['fault']))
  validateMirrors(report, path, rule)
  validateRedirect(report, `${path}.redirect`, optionalFields(rule['redirect']), listOf(rule['match']))
  const direct = optionalFields(rule['directResponse'])
  if (direct !== undefined) validateStatus(report, `${path}.directResponse.status`, direct['status'])
  validateRetries(report, `${path}.retries`, fieldsOf(rule['retries']))
  validateRewrite(report, `${path}.rewrite`, optionalFields(rule['rewrite']))
  validateTwoAuthorities(report, path, rule)
  validateTargets(report, `${path}.route`, rule['route'])
  validateDuration(report, `${path}.timeout`, rule['timeout'])
}

function validateConflicts(report: Report, path: string, rule: Fields, isDelegate: boolean): void {
  const has = (field: string): boolean => optionalFields(rule[field]) !== undefined
  if (has('delegate')) {
    if (isDelegate) report(`${path}.delegate`, 'a delegate cannot delegate further')
    else {
      if (has('redirect')) report(`${path}.redirect`, 'a rule that delegates cannot redirect')
      if (rule['route'] !== undefined) report(`${path}.route`, 'a rule that delegates cannot have a route')
      return
    }
  }
  const actions = ['redirect', 'directResponse'].filter(has)
  for (const action of actions) {
    if (hasItems(rule['route'])) report(`${path}.${action}`, `a rule cannot have both route and ${action}`)
    for (const field of ['fault', 'rewrite'])
      if (has(field)) report(`${path}.${field}`, `a rule cannot have both ${field} and ${action}`)
  }
  if (actions.length > 1)
    report(`${path}.directResponse`, 'a rule cannot have both redirect and directResponse')
  if (actions.length === 0 && !hasItems(rule['route']))
    report(`${path}.route`, 'a rule needs a route, a redirect or a directResponse')
  if (has('mirror') && hasItems(rule['mirrors']))
    report(`${path}.mirrors`, 'a rule cannot have both mirror and mirrors')
}

function validateMatch(report: Report, path: string, match: Fields): void {
  for (const [name, text] of Object.entries(fieldsOf(match['headers']))) {
    validateMatchName(report, `${path}.headers.${name}`, name)
    validateText(report, `${path}.headers.${name}`, text)
  }
  for (const [name, text] of Object.entries(fieldsOf(match['withoutHeaders']))) {
    validateMatchName(report, `${path}.withoutHeaders.${name}`, name)
    if (fieldsOf(text)['regex'] !== '*') validateText(report, `${path}.withoutHeaders.${name}`, text)
  }
  validateText(report, `${path}.uri`, match['uri'], true)
  for (const field of ['scheme', 'method', 'authority'])
    validateText(report, `${path}.${field}`, match[field])
  for (const [name, text] of Object.entries(fieldsOf(match['queryParams'])))
    validateText(report, `${path}.queryParams.${name}`, text)
  if ((numberOf(match['port']) ?? 0) !== 0) validatePort(report, `${path}.port`, match['port'])
  validateLabels(report, `${path}.sourceLabels`, match['sourceLabels'])
  validateGatewayNames(report, `${path}.gateways`, match['gateways'])
  const namespace = textOf(match['sourceNamespace'])
  if (namespace !== undefined && !isDnsLabel(namespace))
    report(`${path}.sourceNamespace`, `"${namespace}" is not a namespace`)
}

function validateMatchName(report: Report, path: string, name: string): void {
  if (name.startsWith('@request.auth.claims') || pseudoHeaders.has(name)) return
  if (!headerName.test(name)) report(path, `"${name}" is not a header's name`)
}

/**
 * Text with operators such as `%REQ(x)%` and with `%%` for the sign itself.
 * Source: `validateHeaderValue` in istio's pkg/config/validation/header_value.go.
 */
const OPERATORS =
  /^(?:[^%]|%%|%[^%(]+(?:\( *(?:\[ *"(?:\\.|[^"\\)])*" *(?:, *"(?:\\.|[^"\\)])*" *)*\] *|[^ [](?:\\.|[^"\\)])*)\) *)?%)*$/s

function validateHeaders(report: Report, path: string, value: unknown): void {
  for (const side of ['request', 'response']) {
    const changes = fieldsOf(fieldsOf(value)[side])
    for (const action of ['set', 'add'])
      for (const [name, text] of Object.entries(textMapOf(changes[action]))) {
        const at = `${path}.${side}.${action}.${name}`
        validateHeaderName(report, at, name, side === 'request')
        if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) report(at, 'the value has a control character')
        if (!OPERATORS.test(text))
          report(at, `"${text}" is not a header's value: a percent sign is written %%`)
      }
    for (const name of textsOf(changes['remove']))
      validateHeaderName(report, `${path}.${side}.remove`, name, false)
  }
}

function validateHeaderName(report: Report, path: string, name: string, isHostAllowed: boolean): void {
  if (name === '') report(path, "a header's name is empty")
  else if (isAuthority(name) ? !isHostAllowed : name.startsWith(':'))
    report(path, `the header "${name}" cannot be changed here`)
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

function validateCors(report: Report, path: string, policy: Fields): void {
  for (const [index, origin] of listOf(policy['allowOrigins']).entries()) {
    const at = `${path}.allowOrigins[${String(index)}]`
    const { exact, prefix, regex } = fieldsOf(origin)
    if (!exact && !prefix && !regex) report(at, 'the origin is empty')
    validateText(report, at, origin, true)
  }
  for (const method of textsOf(policy['allowMethods']))
    if (!corsMethods.has(method)) report(`${path}.allowMethods`, `"${method}" is not a method`)
  for (const field of ['allowHeaders', 'exposeHeaders'])
    for (const name of textsOf(policy[field]))
      if (name !== '*' && !headerName.test(name))
        report(`${path}.${field}`, `"${name}" is not a header's name`)
  validateDuration(report, `${path}.maxAge`, policy['maxAge'])
  const age = textOf(policy['maxAge'])
  if (age !== undefined && /ms|\.\d*[1-9]/.test(age)) report(`${path}.maxAge`, `${age} is not whole seconds`)
}

const grpcStatuses = new Set(
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED UNAUTHENTICATED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS'.split(
    ' ',
  ),
)

function validateFault(report: Report, path: string, fault: Fields | undefined): void {
  if (fault === undefined) return
  const delay = optionalFields(fault['delay'])
  const abort = optionalFields(fault['abort'])
  if (delay === undefined && abort === undefined) report(path, 'a fault needs a delay, an abort or both')
  if (abort !== undefined) {
    validatePercent(report, `${path}.abort.percentage`, abort['percentage'])
    const grpc = textOf(abort['grpcStatus'])
    if (grpc !== undefined) {
      if (!grpcStatuses.has(grpc)) report(`${path}.abort.grpcStatus`, `"${grpc}" is not a status of gRPC`)
    } else if (abort['http2Error'] !== undefined)
      report(`${path}.abort.http2Error`, 'aborts with HTTP/2 errors are not supported')
    else if (abort['httpStatus'] !== undefined)
      validateStatus(report, `${path}.abort.httpStatus`, abort['httpStatus'])
  }
  if (delay !== undefined) {
    validatePercent(report, `${path}.delay.percentage`, delay['percentage'])
    validateDuration(report, `${path}.delay.fixedDelay`, delay['fixedDelay'])
    if (delay['exponentialDelay'] !== undefined)
      report(`${path}.delay.exponentialDelay`, 'exponential delays are not supported')
  }
}

function validateStatus(report: Report, path: string, value: unknown): void {
  const status = numberOf(value) ?? 0
  if (status < 200 || status > 600) report(path, `${String(status)} is not a status; it is 200 to 599`)
}

function validateMirrors(report: Report, path: string, rule: Fields): void {
  const legacy = numberOf(rule['mirrorPercent']) ?? numberOf(rule['mirror_percent']) ?? 0
  if (legacy > 100) report(`${path}.mirrorPercent`, `${String(legacy)} is more than 100`)
  const percent = numberOf(fieldsOf(rule['mirrorPercentage'])['value']) ?? 0
  if (percent < 0 || percent > 100)
    report(`${path}.mirrorPercentage.value`, `${String(percent)} is not 0 to 100`)
  validateDestination(report, `${path}.mirror`, rule['mirror'])
  for (const [index, item] of listOf(rule['mirrors']).entries()) {
    const at = `${path}.mirrors[${String(index)}]`
    const mirror = fieldsOf(item)
    const share = numberOf(fieldsOf(mirror['percentage'])['value']) ?? 0
    if (share < 0 || share > 100) report(`${at}.percentage.value`, `${String(share)} is not 0 to 100`)
    if (optionalFields(mirror['destination']) === undefined) report(at, 'a mirror needs a destination')
    validateDestination(report, `${at}.destination`, mirror['destination'])
  }
}

function validateRedirect(
  report: Report,
  path: string,
  redirect: Fields | undefined,
  matches: readonly unknown[],
): void {
  if (redirect === undefined) return
  const prefix = textOf(redirect['prefixRewrite'])
  if (textOf(redirect['uri']) !== undefined && prefix !== undefined)
    report(path, 'a redirect has uri or prefixRewrite, not both')
  if (prefix !== undefined)
    for (const match of matches) {
      const uri = optionalFields(fieldsOf(match)['uri'])
      if (uri !== undefined && uri['prefix'] === undefined)
        report(`${path}.prefixRewrite`, 'prefixRewrite needs prefix matches only')
    }
  const fields = ['uri', 'prefixRewrite', 'authority', 'scheme']
  const hasPort = redirect['port'] !== undefined || redirect['derivePort'] !== undefined
  if (!hasPort && fields.every(field => textOf(redirect[field]) === undefined))
    report(path, 'a redirect needs a uri, an authority, a scheme or a port')
  const code = numberOf(redirect['redirectCode']) ?? 0
  if (code !== 0 && (code < 300 || code > 399))
    report(`${path}.redirectCode`, `${String(code)} is not a redirect; it is 300 to 399`)
  const scheme = textOf(redirect['scheme'])
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    report(`${path}.scheme`, `"${scheme}" is neither http nor https`)
  if ((numberOf(redirect['port']) ?? 0) > 0) validatePort(report, `${path}.port`, redirect['port'])
}

const retryPolicies = new Set(
  '5xx gateway-error reset reset-before-request connect-failure retriable-4xx refused-stream retriable-status-codes retriable-headers envoy-ratelimited http3-post-connect-failure cancelled deadline-exceeded internal resource-exhausted unavailable'.split(
    ' ',
  ),
)

function validateRetries(report: Report, path: string, retries: Fields): void {
  const attempts = numberOf(retries['attempts']) ?? 0
  if (attempts < 0) report(`${path}.attempts`, 'attempts cannot be negative')
  const retryOn = textOf(retries['retryOn'])
  const isConfigured =
    textOf(retries['perTryTimeout']) !== undefined ||
    retryOn !== undefined ||
    retries['retryRemoteLocalities'] !== undefined
  if (attempts === 0 && isConfigured) report(path, 'retries are configured while there are no attempts')
  validateDuration(report, `${path}.perTryTimeout`, retries['perTryTimeout'])
  validateDuration(report, `${path}.backoff`, retries['backoff'])
  for (const policy of retryOn === undefined ? [] : retryOn.split(','))
    if (!retryPolicies.has(policy) && !isStatus(policy))
      report(`${path}.retryOn`, `"${policy}" is not a reason to retry`)
}

/** The statuses that have a name in Go's net/http. */
const isStatus = (text: string): boolean =>
  /^(10[0-3]|20[0-8]|226|30[0-57-8]|40\d|41[0-8]|42[1-6]|428|429|431|451|50[0-8]|510|511)$/.test(text)

function validateRewrite(report: Report, path: string, rewrite: Fields | undefined): void {
  if (rewrite === undefined) return
  const regex = optionalFields(rewrite['uriRegexRewrite'])
  const uri = textOf(rewrite['uri'])
  if (uri !== undefined && regex !== undefined) report(path, 'a rewrite has uri or uriRegexRewrite, not both')
  if (uri === undefined && regex === undefined && textOf(rewrite['authority']) === undefined)
    report(path, 'a rewrite needs a uri, a uriRegexRewrite or an authority')
  if (regex === undefined) return
  const match = textOf(regex['match'])
  if (match === undefined || textOf(regex['rewrite']) === undefined)
    report(`${path}.uriRegexRewrite`, 'both match and rewrite are needed')
  else validateExpression(report, `${path}.uriRegexRewrite.match`, match)
}

/** The host may be rewritten in one place only. */
function validateTwoAuthorities(report: Report, path: string, rule: Fields): void {
  const request = fieldsOf(fieldsOf(rule['headers'])['request'])
  const changes = ['set', 'add'].flatMap(action =>
    Object.keys(textMapOf(request[action])).filter(isAuthority),
  )
  const count = changes.length + (textOf(fieldsOf(rule['rewrite'])['authority']) === undefined ? 0 : 1)
  if (count > 1) report(`${path}.headers.request`, 'the host is rewritten in more than one place')
}

function validateTargets(report: Report, path: string, route: unknown): void {
  const targets = listOf(route).map(fieldsOf)
  let total = 0
  for (const [index, target] of targets.entries()) {
    const at = `${path}[${String(index)}]`
    if (optionalFields(target['destination']) === undefined) report(at, 'a destination is needed')
    validateHeaders(report, `${at}.headers`, target['headers'])
    validateDestination(report, `${at}.destination`, target['destination'])
    const weight = numberOf(target['weight']) ?? 0
    if (weight < 0) report(`${at}.weight`, 'a weight cannot be negative')
    total += weight
  }
  if (targets.length > 1 && total === 0) report(path, 'the weights of all destinations are 0')
}

/** The destinations of a TLS or TCP rule. */
export const validateConnectionTargets = validateTargets
