import { qualifyHost } from '../istio/host-name.ts'
import { parseDuration } from '../routing/route/duration.ts'
import type { RequestDecision } from '../routing/decide-request.ts'
import type { Decision, Destination } from '../routing/decision.ts'
import { describeOutcome, describeRoute } from '../simulation/describe-decision.ts'
import type { SimulatedMesh } from '../simulation/simulated-mesh.ts'
import type { ExpectedDestination, ExpectedRetries, Expectation } from './route-test.ts'

/** What a decision has otherwise than a test expects, in words; empty where the test passes. */
export function differencesOf(
  expect: Expectation,
  decision: RequestDecision,
  simulated: SimulatedMesh,
): readonly string[] {
  const { outcome, reason, status, location, request } = decision
  return [
    compare('outcome', expect.outcome, outcome),
    compare('reason', expect.reason, reason),
    compare('status', expect.status, status),
    compareName('route', expect.route, decision.route, simulated.namespace),
    compareRule(expect.rule, decision),
    compareDestination(expect.destination, decision, simulated),
    compareDestinations(expect.destinations, decision, simulated),
    compare('host', expect.host, request.host),
    compare('path', expect.path, request.path),
    ...Object.entries(expect.headers ?? {}).map(([name, wanted]) =>
      compare(`header ${name}`, wanted ?? ABSENT, request.headers[name] ?? ABSENT),
    ),
    compare('location', expect.location, location),
    compareDuration('timeout', expect.timeout, decision.timeout),
    ...compareRetries(expect.retries, decision),
    compareDenied(expect.denied, decision),
    compareName('by', expect.by, decision.deniedBy, simulated.namespace),
  ].filter(item => item !== undefined)
}

const ABSENT = Symbol('absent')
type Shown = string | number | typeof ABSENT | undefined

const show = (value: Shown): string =>
  value === undefined || value === ABSENT ? 'none' : typeof value === 'string' ? value : String(value)

const compare = (name: string, wanted: Shown, own: Shown): string | undefined =>
  wanted === undefined || wanted === own ? undefined : `${name}: expected ${show(wanted)}, got ${show(own)}`

interface NamedReference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** `myapp`, `default/myapp` or `VirtualService default/myapp`. */
function compareName(
  field: string,
  wanted: string | undefined,
  own: NamedReference | undefined,
  namespace: string,
): string | undefined {
  if (wanted === undefined) return undefined
  const found = /^(?:(\w+) )?(?:([^/]+)\/)?([^/]+)$/.exec(wanted)
  const isSame =
    own !== undefined &&
    (found?.[1] ?? own.kind) === own.kind &&
    (found?.[2] ?? namespace) === own.namespace &&
    found?.[3] === own.name
  if (isSame) return undefined
  const got = own === undefined ? 'none' : `${own.kind} ${own.namespace}/${own.name}`
  return `${field}: expected ${wanted}, got ${got}`
}

function compareRule(wanted: string | number | undefined, { route }: Decision): string | undefined {
  if (wanted === undefined) return undefined
  const own = typeof wanted === 'number' ? route?.rule : route?.ruleName
  if (own === wanted) return undefined
  return `rule: expected ${String(wanted)}, got ${route === undefined ? 'none' : `${String(route.ruleName ?? route.rule)} (${describeRoute(route)})`}`
}

function compareDestination(
  wanted: ExpectedDestination | undefined,
  { destinations }: Decision,
  simulated: SimulatedMesh,
): string | undefined {
  if (wanted === undefined || destinations.some(own => isDestination(wanted, own, simulated)))
    return undefined
  return `destination: expected ${showDestination(wanted)}, got ${showAll(destinations)}`
}

function compareDestinations(
  wanted: readonly ExpectedDestination[] | undefined,
  { destinations }: Decision,
  simulated: SimulatedMesh,
): string | undefined {
  if (wanted === undefined) return undefined
  const left = [...destinations]
  const areAllFound = wanted.every(item => {
    const index = left.findIndex(own => isDestination(item, own, simulated))
    if (index >= 0) left.splice(index, 1)
    return index >= 0
  })
  if (areAllFound && left.length === 0) return undefined
  return `destinations: expected ${showAll(wanted)}, got ${showAll(destinations)}`
}

function isDestination(wanted: ExpectedDestination, own: Destination, simulated: SimulatedMesh): boolean {
  const { clusterDomain } = simulated.mesh
  const isHost =
    wanted.host === undefined ||
    [
      wanted.host,
      qualifyHost(wanted.host, simulated.namespace, clusterDomain),
      `${wanted.host}.svc.${clusterDomain}`,
      `${wanted.host}.${clusterDomain}`,
    ].includes(own.host)
  return (
    isHost &&
    (wanted.port === undefined || wanted.port === own.port) &&
    (wanted.subset === undefined || wanted.subset === (own.subset ?? '')) &&
    (wanted.weight === undefined || wanted.weight === own.weight)
  )
}

function showDestination({ host, port, subset, weight }: ExpectedDestination): string {
  const place = `${host ?? 'any host'}${port === undefined ? '' : `:${String(port)}`}`
  const version = subset === undefined ? '' : subset === '' ? ' without subset' : ` subset ${subset}`
  return `${place}${version}${weight === undefined ? '' : ` with weight ${String(weight)}`}`
}

const showAll = (destinations: readonly ExpectedDestination[]): string =>
  destinations.length === 0 ? 'none' : destinations.map(showDestination).join(', ')

function compareDuration(
  name: string,
  wanted: string | undefined,
  own: string | undefined,
): string | undefined {
  if (wanted === undefined) return undefined
  const isSame = wanted === 'none' ? own === undefined : parseDuration(wanted) === parseDuration(own)
  return isSame ? undefined : `${name}: expected ${wanted}, got ${own ?? 'none'}`
}

function compareRetries(
  wanted: ExpectedRetries | undefined,
  { retries }: Decision,
): readonly (string | undefined)[] {
  if (wanted === undefined) return []
  return [
    compare('retries', wanted.attempts, retries?.attempts ?? 0),
    compareDuration('retries.perTryTimeout', wanted.perTryTimeout, retries?.perTryTimeout),
    compare('retries.retryOn', wanted.retryOn, retries?.retryOn),
  ]
}

function compareDenied(wanted: boolean | undefined, decision: Decision): string | undefined {
  const isDenied = decision.reason === 'denied'
  if (wanted === undefined || wanted === isDenied) return undefined
  return `denied: expected ${wanted ? 'yes' : 'no'}, got ${isDenied ? 'yes' : 'no'} (${describeOutcome(decision)})`
}
