import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import type { Trace } from '../../domain/traces/trace.ts'
import type { TrafficSnapshot } from '../../domain/traffic/traffic-snapshot.ts'
import { call, stream } from '../rpc/contract.ts'
import { contextSchema, input } from './input.ts'

/** A snapshot and how it was measured. */
export interface TrafficReport extends TrafficSnapshot {
  readonly proxies: { readonly read: number; readonly failed: number }
  /** Why figures are missing, if they are: no proxies, forbidden, unreachable. */
  readonly problems: readonly Problem[]
}

/** A Jaeger query service found in the cluster. */
export interface TraceSource {
  readonly kind: 'jaeger'
  readonly namespace: string
  readonly service: string
  readonly port: number
}

export const observability = {
  /** Traffic from the proxies' own stats, through the API server's pod proxy, every 2 s while it is read. Empty `namespaces`: all. */
  watchTraffic: stream(
    input(v.object({ context: v.string(), namespaces: v.array(v.string()) })),
  ).of<TrafficReport>(),
  /** Null where the cluster has none. */
  findTraceSource: call(input(contextSchema)).returns<TraceSource | null>(),
  listTraceServices: call(input(contextSchema)).returns<string[]>(),
  listTraceOperations: call(input(v.object({ context: v.string(), service: v.string() }))).returns<
    string[]
  >(),
  /** Newest first. Durations in milliseconds, times in milliseconds since 1970. */
  searchTraces: call(
    input(
      v.object({
        context: v.string(),
        service: v.string(),
        operation: v.exactOptional(v.string()),
        tags: v.record(v.string(), v.string()),
        minDuration: v.exactOptional(v.number()),
        maxDuration: v.exactOptional(v.number()),
        lookback: v.number(),
        limit: v.number(),
      }),
    ),
  ).returns<Trace[]>(),
  readTrace: call(input(v.object({ context: v.string(), traceId: v.string() }))).returns<Trace>(),
}
