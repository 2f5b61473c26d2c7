import type { RequestDecision } from '../../../domain/routing/decide-request.ts'

type DestinationOutcome = RequestDecision['arrivals'][number]

/** What some destinations say to a request, in the same words. */
export interface OutcomeLine {
  readonly names: readonly string[]
  readonly isAccepted: boolean
  readonly text: string
}

const nameOf = ({ host, subset }: Pick<DestinationOutcome, 'host' | 'subset'>): string =>
  [host.split('.')[0] ?? host, subset ?? ''].join(' ').trim()

/** Each sentence once, with the names of all destinations that say it. */
export function groupOutcomes(arrivals: readonly DestinationOutcome[]): readonly OutcomeLine[] {
  const lines = new Map<string, { names: string[]; isAccepted: boolean; text: string }>()
  for (const arrival of arrivals) {
    const { isAccepted, explanation, deniedBy } = arrival
    const policy = deniedBy === undefined ? '' : `${deniedBy.namespace}/${deniedBy.name}`
    // The sentence names the policy in most cases: it is not said again.
    const isNamed = deniedBy === undefined || explanation.includes(deniedBy.name)
    const text = isNamed ? explanation : `${explanation} (${deniedBy.kind} ${policy})`
    const line = lines.get(text) ?? { names: [], isAccepted, text }
    lines.set(text, line)
    const name = nameOf(arrival)
    if (!line.names.includes(name)) line.names.push(name)
  }
  return [...lines.values()]
}

/** How a request ends that is not sent on; the reason only where no destination gave it already. */
export function formatEnding(decision: RequestDecision | undefined): string {
  if (decision === undefined || decision.outcome === 'forwarded') return ''
  const { outcome, status, reason, deniedBy, arrivals } = decision
  const isExplained = arrivals.some(({ isAccepted }) => !isAccepted)
  if (isExplained) return status === undefined ? '' : `Responds with ${String(status)}`
  const words = outcome.charAt(0).toUpperCase() + outcome.slice(1).replaceAll('-', ' ')
  const withStatus = status === undefined ? words : `${words} with ${String(status)}`
  if (deniedBy !== undefined)
    return `${withStatus}: denied by ${deniedBy.kind} ${deniedBy.namespace}/${deniedBy.name}`
  return reason === undefined ? withStatus : `${withStatus}: ${reason.replaceAll('-', ' ')}`
}
