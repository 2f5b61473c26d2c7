import type { Mesh } from '../../src/domain/istio/mesh.ts'
import { isHttp, portOf } from '../../src/domain/istio/service.ts'
import type { Decision, Destination, LeavingRequest } from '../../src/domain/routing/decision.ts'
import { parseDuration } from '../../src/domain/routing/route/duration.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import { decide } from '../../src/domain/routing/route/resolve.ts'
import type { Answer } from './ask-oracle.ts'

/** Headers that Envoy, Node or HTTP itself puts there, which no route says. */
const ownHeaders = /^(x-envoy-.*|x-forwarded-.*|x-request-id|connection|content-length|transfer-encoding)$/

/** How our decision and the oracle's answer differ; empty where they agree. */
export function compare(mesh: Mesh, request: RoutingRequest, answer: Answer): string[] {
  const decision = decide(mesh, request)
  if (answer.error?.startsWith('no route configuration') === true)
    return compareWithoutListener(mesh, decision)
  if (answer.error !== undefined) return [`oracle: ${answer.error}`]
  const differences: string[] = []
  const expect = (what: string, ours: unknown, theirs: unknown): void => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      differences.push(`${what}: ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`)
  }
  // Envoy's CORS filter answers a preflight before the route leaves its name.
  const isPreflight = request.method === 'OPTIONS' && decision.outcome === 'direct-response'
  if (!isPreflight || answer.routeName !== undefined) compareRoute(decision, answer, expect)
  const abort = decision.fault?.abort
  if (answer.flags?.split(',').includes('FI') === true && abort !== undefined && abort.percentage > 0) {
    expect('abort', abort.httpStatus, answer.status)
    return differences
  }
  if (answer.upstream !== undefined) {
    compareForwarded(mesh, decision, answer, answer.upstream, expect)
    return differences
  }
  // Envoy drew a destination of a Gateway API route that istiod could not find.
  const isUnknown = decision.destinations.some(
    ({ cluster, weight }) => cluster === 'UnknownService' && weight > 0,
  )
  if (answer.flags === 'NC' && decision.outcome === 'forwarded' && isUnknown) {
    expect('status', 500, answer.status)
    return differences
  }
  expect('status', decision.status, answer.status)
  if (decision.outcome === 'forwarded')
    differences.push(`forwarded, but not by Envoy (${answer.flags ?? 'no flags'})`)
  if (answer.headers?.['location'] !== undefined || decision.location !== undefined)
    expect('location', decision.location, answer.headers?.['location'])
  return differences
}

/** What listeners of bytes do is compared by `fuzz/policy`. */
const isPortOfBytes = (mesh: Mesh, host: string, number: number): boolean =>
  [...mesh.services, ...mesh.serviceEntries].some(service => {
    const port = service.host === host ? portOf(service, number) : undefined
    return port !== undefined && !isHttp(port.protocol)
  })

type Expect = (what: string, ours: unknown, theirs: unknown) => void

/** Rules and matches of generated configurations have names of their own, which Envoy reports: the parent's first. */
function compareRoute({ route }: Decision, { routeName }: Answer, expect: Expect): void {
  const [rule = '', match = ''] = (routeName ?? '').split('.').map(name => name.split('-').at(-1))
  const theirs = /^r\d+$/.test(rule) ? rule : undefined
  if (route?.ruleName !== undefined || (route === undefined && theirs !== undefined))
    expect('rule', route?.ruleName, theirs)
  if (match !== '' && route?.matchName !== undefined) expect('match', route.matchName, match)
}

function compareForwarded(
  mesh: Mesh,
  decision: Decision,
  answer: Answer,
  upstream: NonNullable<Answer['upstream']>,
  expect: Expect,
): void {
  // The oracle's Envoy has every cluster that a route names.
  const isForwarded = decision.outcome === 'forwarded' || decision.reason === 'no-destination'
  expect('outcome', isForwarded ? 'forwarded' : decision.outcome, 'forwarded')
  // A sidecar does not resolve an alias that lacks the listener's port, so that the proxy has no such cluster: the product
  // names the host that is meant and rejects.
  if (mesh.aliases.some(({ host }) => answer.cluster?.endsWith(`|${host}`) === true)) {
    if (decision.destinations.length === 1) expect('reason', decision.reason, 'no-destination')
    return
  }
  const own = decision.destinations.filter(item => item.cluster === answer.cluster)
  if (own.length === 0)
    expect(
      'cluster',
      decision.destinations.map(item => item.cluster),
      answer.cluster,
    )
  const leaving = own.map(destination => destination.request ?? decision.request)
  // What only the proxy knows is not compared, but that it is there.
  const unknown = leaving.flatMap(item => Object.keys(item.unknownHeaders ?? {}))
  const leavings = leaving.map(item => summarizeLeaving(item, unknown))
  const theirs = summarizeLeaving(upstream, unknown)
  const missing = leaving.every(item =>
    Object.keys(item.unknownHeaders ?? {}).some(name => upstream.headers[name] === undefined),
  )
  if (leaving.length > 0 && unknown.length > 0 && missing)
    expect('unknown headers', unknown, upstream.headers)
  const answered = decision.responseHeaders?.set['x-answer']
  if (answered !== undefined && own.every(item => item.responseHeaders === undefined))
    expect('response header', answered.replaceAll('%%', '%'), answer.headers?.['x-answer'])
  // Several destinations may be the same cluster, each with header changes of its own.
  if (own.length > 0 && !leavings.includes(theirs)) expect('request', leavings, theirs)
  if (decision.destinations.length > 1 && own.every(({ weight }) => weight === 0)) expect('weight', 0, '> 0')
  // Envoy tells the upstream a try's time, unless all tries have less.
  const times = [decision.retries?.perTryTimeout, decision.timeout].map(parseDuration)
  const time = times.reduce((one, other) => Math.min(one ?? Infinity, other ?? Infinity), undefined)
  expect('timeout', time === Infinity ? undefined : time, answer.timeoutMs)
}

const summarizeLeaving = (
  { path, host, headers }: Pick<LeavingRequest, 'path' | 'host' | 'headers'>,
  unknown: readonly string[],
): string =>
  JSON.stringify({ path, host, headers: withoutOwn(headers).filter(([name]) => !unknown.includes(name)) })

const withoutOwn = (headers: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(headers)
    .filter(([name]) => !ownHeaders.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))

/** Where the proxy has no route for the port, the connection passes as it is, goes to a port of bytes, or ends. */
function compareWithoutListener(mesh: Mesh, { outcome, reason, destinations }: Decision): string[] {
  const isPassed =
    outcome === 'forwarded' &&
    destinations.every(
      ({ cluster, host, port }: Destination) =>
        cluster === 'PassthroughCluster' || isPortOfBytes(mesh, host, port),
    )
  return isPassed || reason === 'no-listener' || reason === 'no-filter-chain'
    ? []
    : [
        `no listener, but ours is ${outcome} ${reason ?? ''} ${destinations.map(item => item.cluster).join(', ')}`,
      ]
}
