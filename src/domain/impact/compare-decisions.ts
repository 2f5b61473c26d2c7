import type { RequestDecision } from '../routing/decide-request.ts'
import type { Decision, Destination, Fault, Retries } from '../routing/decision.ts'

/** A decision, with the policy that refuses the request where one does. */
type Decided = Decision & Pick<RequestDecision, 'deniedBy'>

/** How two decisions on the same request differ. */
export interface DecisionDifference {
  /** The share of the requests that get another answer or another destination, 0 to 1. */
  readonly movedShare: number
  /** What else happens to the request otherwise, in words: `timeout none → 2s`. */
  readonly handling: readonly string[]
}

/** What becomes of a request, in words: `myapp v1 90 % · myapp v2 10 %`, `denied with 403`. */
export function outcomeWords(decision: Decided): string {
  const { outcome, status, reason, location, destinations, deniedBy } = decision
  const end = status === undefined ? '' : ` with ${String(status)}`
  switch (outcome) {
    case 'forwarded':
      return destinations.map(item => `${destinationWords(item)} ${String(round(item.weight))} %`).join(' · ')
    case 'redirected':
      return `redirected${end} to ${location ?? 'another address'}`
    case 'direct-response':
      return `answered${end} without a destination`
    case 'aborted':
      return `aborted${end} by a fault`
    case 'rejected':
      return reason === 'denied'
        ? `denied${end}${deniedBy === undefined ? '' : ` by ${deniedBy.kind} ${deniedBy.name}`}`
        : `rejected${end}: ${(reason ?? 'no route').replaceAll('-', ' ')}`
  }
}

const round = (value: number): number => Math.round(value * 10) / 10

/** `myapp v2`; a destination of another port than 80 names it. */
function destinationWords({ host, port, subset }: Destination): string {
  const name = host.endsWith('.svc.cluster.local') ? (host.split('.')[0] ?? host) : host
  return `${name}${port === 80 ? '' : `:${String(port)}`}${subset === undefined ? '' : ` ${subset}`}`
}

/** Compares where two decisions lead, and how the request is handled on the way. */
export function compareDecisions(before: Decided, after: Decided): DecisionDifference {
  return {
    movedShare: movedShare(before, after),
    handling: [
      ...change('path', before.request.path, after.request.path),
      ...change('host', before.request.host, after.request.host),
      ...change('timeout', before.timeout, after.timeout),
      ...change('retries', retryWords(before.retries), retryWords(after.retries)),
      ...change('delay', delayWords(before.fault), delayWords(after.fault)),
      ...change('abort', abortWords(before.fault), abortWords(after.fault)),
      ...change('mirror', mirrorWords(before), mirrorWords(after)),
    ],
  }
}

/** Between shares of destinations: half the sum of the differences (the total variation distance). */
function movedShare(before: Decided, after: Decided): number {
  const [one, other] = [sharesOf(before), sharesOf(after)]
  let difference = 0
  for (const key of new Set([...one.keys(), ...other.keys()]))
    difference += Math.abs((one.get(key) ?? 0) - (other.get(key) ?? 0))
  return difference / 2
}

function sharesOf(decision: Decided): ReadonlyMap<string, number> {
  const { outcome, destinations } = decision
  if (outcome !== 'forwarded') return new Map([[outcomeWords(decision), 1]])
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0)
  const shares = new Map<string, number>()
  for (const { cluster, weight } of destinations)
    shares.set(cluster, (shares.get(cluster) ?? 0) + (total === 0 ? 0 : weight / total))
  return shares
}

const change = (name: string, before: string | undefined, after: string | undefined): readonly string[] =>
  before === after ? [] : [`${name} ${before ?? 'none'} → ${after ?? 'none'}`]

const retryWords = (retries: Retries | undefined): string | undefined =>
  retries === undefined
    ? undefined
    : [
        String(retries.attempts),
        retries.perTryTimeout && `${retries.perTryTimeout} each`,
        `on ${retries.retryOn}`,
      ]
        .filter(Boolean)
        .join(', ')

const delayWords = (fault: Fault | undefined): string | undefined =>
  fault?.delay && `${fault.delay.fixedDelay} for ${String(fault.delay.percentage)} %`

const abortWords = (fault: Fault | undefined): string | undefined =>
  fault?.abort && `${String(fault.abort.httpStatus)} for ${String(fault.abort.percentage)} %`

const mirrorWords = ({ mirrors }: Decision): string | undefined =>
  mirrors.length === 0
    ? undefined
    : mirrors
        .map(
          ({ percentage, ...target }) =>
            `${destinationWords({ ...target, weight: 0 })} ${String(percentage)} %`,
        )
        .join(' · ')
