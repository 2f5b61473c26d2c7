import { toProblem, type Problem } from '../../domain/problem.ts'
import type { Trace } from '../../domain/traces/trace.ts'
import type { Api } from '../../shared/contract.ts'

/** How far back requests are looked at. */
export const WINDOW_MS = 5 * 60_000
/** Enough to see every form of request that matters, few enough to read in a moment. */
const SERVICES = 20
const TRACES_EACH = 60

export interface RecentTraces {
  readonly traces: readonly Trace[]
  /** Why there are none, or fewer than there could be. */
  readonly problem?: Problem
}

/** The traces of the last minutes, of every service, each once. */
export async function readRecentTraces(
  api: Pick<Api, 'findTraceSource' | 'listTraceServices' | 'searchTraces'>,
  context: string,
  signal: AbortSignal,
): Promise<RecentTraces> {
  try {
    if ((await api.findTraceSource({ context }, signal)) === null)
      return {
        traces: [],
        problem: {
          code: 'not-found',
          message: 'This cluster has no Jaeger, so the paths and headers of its requests are not known',
          hint: "Install Istio's Jaeger add-on to see them",
        },
      }
    const services = await api.listTraceServices({ context }, signal)
    const found = new Map<string, Trace>()
    for (const service of services.slice(0, SERVICES)) {
      const search = { context, service, tags: {}, lookback: WINDOW_MS, limit: TRACES_EACH }
      for (const trace of await api.searchTraces(search, signal)) found.set(trace.id, trace)
    }
    if (services.length <= SERVICES) return { traces: [...found.values()] }
    return {
      traces: [...found.values()],
      problem: {
        code: 'unsupported',
        message: `Jaeger knows ${String(services.length)} services; the traces of ${String(SERVICES)} were read`,
        hint: 'Requests of the others are decided without their paths and headers',
      },
    }
  } catch (error) {
    return { traces: [], problem: toProblem(error) }
  }
}
