import { ProblemError, toProblem } from '../../domain/problem.ts'
import { parseExactJson, parseJaegerTraces } from '../../domain/traces/jaeger.ts'
import type { Backend } from '../../shared/contract.ts'
import type { TraceSource } from '../../shared/contract/observability.ts'
import type { Clusters } from '../clusters/kubernetes-client.ts'
import { statusProblem } from '../clusters/status-problem.ts'
import { findTraceSource } from './find-source.ts'

type TraceMethods = Pick<
  Backend,
  'findTraceSource' | 'listTraceServices' | 'listTraceOperations' | 'searchTraces' | 'readTrace'
>

/** A search for 1,000 traces of 100 spans has about 30 MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024

const textsOf = (answer: unknown): string[] => {
  const values: unknown =
    typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : undefined
  return Array.isArray(values) ? values.filter(value => typeof value === 'string').sort() : []
}

/**
 * Traces from the cluster's own Jaeger, through the API server's service proxy.
 * Source: https://www.jaegertracing.io/docs/latest/architecture/apis/ (the query service's internal HTTP API)
 */
export function createTraces({ clusters, now }: { clusters: Clusters; now: () => number }): TraceMethods {
  const sources = new Map<string, TraceSource>()

  async function find(context: string, signal: AbortSignal): Promise<TraceSource | null> {
    const source = await findTraceSource(clusters.client(context), signal)
    if (source) sources.set(context, source)
    else sources.delete(context)
    return source
  }

  async function ask(
    context: string,
    path: string,
    query: Record<string, string | number | undefined>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const source = sources.get(context) ?? (await find(context, signal))
    if (!source)
      throw new ProblemError({
        code: 'not-found',
        message: 'This cluster has no Jaeger query service',
        hint: "Install Istio's Jaeger add-on (samples/addons/jaeger.yaml)",
      })
    const { namespace, service, port } = source
    const proxy = `/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy`
    try {
      const { status, body } = await clusters.client(context).request({
        path: proxy + path,
        query,
        maxBodyBytes: MAX_ANSWER_BYTES,
        signal,
      })
      if (status < 200 || status > 299) throw new ProblemError(statusProblem(status, body))
      return parseExactJson(body)
    } catch (error) {
      // It may have moved or gone: look again next time.
      sources.delete(context)
      throw error
    }
  }

  return {
    findTraceSource: ({ context }, signal) => find(context, signal),
    listTraceServices: async ({ context }, signal) =>
      textsOf(await ask(context, '/api/services', {}, signal)),
    listTraceOperations: async ({ context, service }, signal) =>
      textsOf(await ask(context, `/api/services/${encodeURIComponent(service)}/operations`, {}, signal)),
    async searchTraces(
      { context, service, operation, tags, minDuration, maxDuration, lookback, limit },
      signal,
    ) {
      const end = now()
      const answer = await ask(
        context,
        '/api/traces',
        {
          service,
          operation,
          tags: Object.keys(tags).length === 0 ? undefined : JSON.stringify(tags),
          minDuration: minDuration === undefined ? undefined : `${minDuration}ms`,
          maxDuration: maxDuration === undefined ? undefined : `${maxDuration}ms`,
          start: Math.round((end - lookback) * 1000),
          end: Math.round(end * 1000),
          lookback: 'custom',
          limit,
        },
        signal,
      )
      const startOf = ({ spans }: { spans: readonly { start: number }[] }): number => spans[0]?.start ?? 0
      return parseJaegerTraces(answer).sort((a, b) => startOf(b) - startOf(a))
    },
    async readTrace({ context, traceId }, signal) {
      const gone = (raw?: string): ProblemError =>
        new ProblemError({
          code: 'gone',
          message: `Could not load trace ${traceId.slice(0, 8)}…`,
          hint: 'Jaeger does not have it: it keeps traces for a limited time, and loses those in memory when it restarts.',
          ...(raw === undefined ? {} : { raw }),
        })
      let answer: unknown
      try {
        answer = await ask(context, `/api/traces/${encodeURIComponent(traceId)}`, {}, signal)
      } catch (error) {
        const { code, raw } = toProblem(error)
        // The API server says it in a Status, Jaeger in an answer of its own: `{"errors":[{"code":404,"msg":"trace not found"}]}`.
        if (code === 'not-found' && raw !== undefined && !raw.includes('"kind":"Status"')) throw gone(raw)
        throw error
      }
      const [trace] = parseJaegerTraces(answer)
      if (!trace) throw gone()
      return trace
    },
  }
}
