import type { RequestDecision } from '../routing/decide-request.ts'
import type { ConsideredRule } from '../routing/decision.ts'

/** A decision in the form that `simulate -o jsonl` prints, one a line. */
export interface DecisionRecord extends Omit<RequestDecision, 'considered'> {
  readonly id: string | number
  readonly considered: readonly {
    readonly route: ConsideredRule['route']
    readonly rule?: number
    readonly match?: number
    readonly result: string
    readonly object?: ConsideredRule['object']
    readonly field?: string
  }[]
}

/** The decision on a request as plain JSON. */
export function recordDecision(id: string | number, decision: RequestDecision): DecisionRecord {
  const { outcome, status, reason, route, destinations, request, considered, ...rest } = decision
  return {
    id,
    outcome,
    ...(status === undefined ? {} : { status }),
    ...(reason === undefined ? {} : { reason }),
    ...(route === undefined ? {} : { route }),
    destinations,
    request,
    ...rest,
    considered: considered.map(item => ({
      route: item.route,
      ...(item.route.rule === undefined ? {} : { rule: item.route.rule }),
      ...(item.route.match === undefined ? {} : { match: item.route.match }),
      result: item.matched ? (item.reason === 'yes' ? 'yes' : `yes: ${item.reason}`) : `no: ${item.reason}`,
      ...(item.object === undefined ? {} : { object: item.object }),
      ...(item.field === undefined ? {} : { field: item.field }),
    })),
  }
}
