import type { RequestDecision } from '../routing/decide-request.ts'
import type { ConsideredRule, Decision } from '../routing/decision.ts'
import type { Caller, RoutingRequest } from '../routing/request.ts'

/** A decision for people to read: where the request goes, what happens on the way, and why each rule lost. */
export function describeDecision(
  id: string | number,
  request: RoutingRequest,
  decision: RequestDecision,
): readonly string[] {
  return [
    `${String(id)}  ${request.protocol === 'tcp' ? '' : `${request.method} `}${urlOf(request)}  from ${describeCaller(request.from)}`,
    ...[
      describeOutcome(decision),
      ...decision.destinations.map(
        ({ host, port, subset, weight, cluster }) =>
          `  ${String(weight).padStart(3)}%  ${host}:${String(port)}${subset === undefined ? '' : ` subset ${subset}`}  (${cluster})`,
      ),
      ...describeChanges(request, decision),
      ...describeArrivals(decision),
      ...describeConsidered(decision),
      ...decision.unknown.map(name => `The files do not tell: ${name}`),
      ...(decision.assumed ?? []).map(
        ({ setting, value, reason }) => `Assumed: ${setting} is ${value} (${reason})`,
      ),
    ].map(line => `   ${line}`),
  ]
}

const urlOf = ({ scheme, host, port, path, protocol }: RoutingRequest): string => {
  if (protocol === 'tcp') return `${scheme === 'https' ? 'tls' : 'tcp'}://${host}:${String(port)}`
  const isUsual = port === (scheme === 'https' ? 443 : 80)
  return `${scheme}://${host}${isUsual || /:\d+$/.test(host) ? '' : `:${String(port)}`}${path}`
}

/** `default (app=frontend)`, `the gateway in istio-system (istio=ingressgateway)`. */
export function describeCaller(from: Caller): string {
  const labels = Object.entries(from.labels).map(([key, value]) => `${key}=${value}`)
  if (from.serviceAccount !== undefined) labels.push(`service account ${from.serviceAccount}`)
  if (from.hasProxy === false) labels.push('without a proxy')
  const place = from.kind === 'gateway' ? `the gateway in ${from.namespace}` : from.namespace
  return labels.length === 0 ? place : `${place} (${labels.join(', ')})`
}

/** `VirtualService default/myapp, rule 1, match 2 ("beta")`. Rules are counted from one, as people do. */
export function describeRoute({
  kind,
  namespace,
  name,
  rule,
  match,
  ruleName,
}: ConsideredRule['route']): string {
  if (rule === undefined) return `${kind} ${namespace}/${name}`
  const place = match === undefined ? '' : `, match ${String(match + 1)}`
  return `${kind} ${namespace}/${name}, rule ${String(rule + 1)}${place}${ruleName === undefined ? '' : ` ("${ruleName}")`}`
}

const REASONS: Readonly<Record<NonNullable<Decision['reason']>, string>> = {
  'no-listener': 'nothing listens on the port',
  'no-filter-chain': 'no server takes this name on the port',
  'no-virtual-host': 'no route configuration has this host',
  'no-route': 'no rule takes the request',
  'tls-redirect': 'the port sends plain requests to HTTPS',
  'tls-error': 'the TLS handshake fails',
  'mtls-error': 'the mutual TLS handshake fails',
  'protocol-error': 'the protocol is not the one that the port speaks',
  denied: 'an authorization policy denies it',
  'no-destination': 'the destination does not exist',
}

/** The outcome in one sentence. */
export function describeOutcome(decision: Decision): string {
  const by = decision.route === undefined ? '' : ` by ${describeRoute(decision.route)}`
  const status = decision.status === undefined ? '' : ` with ${String(decision.status)}`
  const reason = decision.reason === undefined ? '' : `: ${REASONS[decision.reason]} (${decision.reason})`
  switch (decision.outcome) {
    case 'forwarded':
      return `Forwarded${by === '' ? ', no rule concerns it' : by}`
    case 'redirected':
      return `Redirected${status} to ${decision.location ?? 'another address'}${by}${reason}`
    case 'direct-response':
      return `Answered${status} without a destination${by}`
    case 'aborted':
      return `Aborted${status} by a fault${by}`
    case 'rejected':
      return `Rejected${decision.status === undefined ? ', the connection ends' : status}${reason}${decision.route === undefined ? '' : `; routed${by}`}`
  }
}

function describeChanges(request: RoutingRequest, decision: Decision): readonly string[] {
  const { request: leaving, responseHeaders, timeout, retries, fault, mirrors } = decision
  const lines: string[] = []
  if (leaving.path !== request.path || leaving.host !== request.host)
    lines.push(`Leaves as ${leaving.host}${leaving.path}`)
  const names = new Set([...Object.keys(request.headers), ...Object.keys(leaving.headers)])
  for (const name of names) {
    const [before, after] = [request.headers[name], leaving.headers[name]]
    if (after === undefined && leaving.unknownHeaders?.[name] !== undefined) continue
    if (after === undefined) lines.push(`Header ${name} is removed`)
    else if (before !== after) lines.push(`Header ${name} becomes ${JSON.stringify(after)}`)
  }
  for (const [name, value] of Object.entries(leaving.unknownHeaders ?? {}))
    lines.push(`Header ${name} becomes what ${value} says`)
  for (const [name, value] of Object.entries(responseHeaders?.set ?? {}))
    lines.push(`Header ${name} of the response becomes ${JSON.stringify(value)}`)
  for (const [name, value] of Object.entries(responseHeaders?.add ?? {}))
    lines.push(`Header ${name} of the response gets ${JSON.stringify(value)}`)
  for (const name of responseHeaders?.remove ?? []) lines.push(`Header ${name} of the response is removed`)
  if (timeout !== undefined) lines.push(`Times out after ${timeout}`)
  if (retries !== undefined && decision.outcome === 'forwarded')
    lines.push(
      `Up to ${String(retries.attempts)} retries${retries.perTryTimeout === undefined ? '' : `, ${retries.perTryTimeout} each`}, on ${retries.retryOn}`,
    )
  if (fault?.delay !== undefined)
    lines.push(`Fault: ${String(fault.delay.percentage)}% wait ${fault.delay.fixedDelay}`)
  if (fault?.abort !== undefined && decision.outcome !== 'aborted')
    lines.push(`Fault: ${String(fault.abort.percentage)}% get ${String(fault.abort.httpStatus)}`)
  for (const { host, port, subset, percentage } of mirrors)
    lines.push(
      `Mirrored: ${String(percentage)}% to ${host}:${String(port)}${subset === undefined ? '' : ` subset ${subset}`}`,
    )
  return lines
}

/** What the destinations' own proxies say, where one of them refuses. */
function describeArrivals({ arrivals, deniedBy, considered }: RequestDecision): readonly string[] {
  const refused = arrivals.filter(({ isAccepted }) => !isAccepted)
  const lines = refused.map(({ host, subset, workload, explanation }) => {
    const labels = Object.entries(workload ?? {}).map(([key, value]) => `${key}=${value}`)
    const which = labels.length === 0 ? '' : ` (${labels.join(', ')})`
    return `Refused at ${host}${subset === undefined ? '' : ` subset ${subset}`}${which}: ${explanation}`
  })
  if (deniedBy === undefined) return lines
  const policy = `${deniedBy.kind} ${deniedBy.namespace}/${deniedBy.name}`
  // A gateway's own policies answer before there is a destination.
  const own = considered.find(
    ({ route, matched }) => matched && route.kind === deniedBy.kind && route.name === deniedBy.name,
  )
  const why = lines.length === 0 && own !== undefined ? `: ${own.reason}` : ''
  return [`Denied by ${policy}${why}`, ...lines]
}

function describeConsidered({ considered }: Decision): readonly string[] {
  if (considered.length === 0) return []
  return ['Rules in order:', ...considered.map(item => `  ${describeRoute(item.route)}: ${resultOf(item)}`)]
}

const resultOf = ({ matched, reason }: ConsideredRule): string =>
  matched ? 'yes, it takes the request' : `no, ${reason}`
