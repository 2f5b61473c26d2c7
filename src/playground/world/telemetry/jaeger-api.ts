import { parseDuration } from '../../../domain/routing/route/duration.ts'
import type { RecordedSpan, TraceStore } from './trace-store.ts'
import { tagsOf } from './trace-store.ts'

export interface JaegerAnswer {
  readonly status: number
  readonly body: unknown
}

const answer = (data: readonly unknown[] | null): JaegerAnswer => ({
  status: 200,
  body: { data, total: data?.length ?? 0, limit: 0, offset: 0, errors: null },
})

const refuse = (status: number, msg: string): JaegerAnswer => ({
  status,
  body: { data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg }] },
})

/** Answers as Jaeger's query service does over HTTP. Source: https://www.jaegertracing.io/docs/latest/apis/#internal-http-json */
export function answerJaeger(traces: TraceStore, url: URL): JaegerAnswer {
  const [api, what, ...rest] = url.pathname.split('/').filter(part => part !== '')
  const [id, detail] = rest.map(decodeURIComponent)
  if (api !== 'api') return refuse(404, 'not found')
  if (what === 'services' && id === undefined) return answer(traces.services())
  if (what === 'services' && id !== undefined && detail === 'operations')
    return answer([...new Set(traces.operations(id).map(operation => operation.name))])
  if (what === 'operations') {
    const service = url.searchParams.get('service')
    if (service === null) return refuse(400, "parameter 'service' is required")
    const kind = url.searchParams.get('spanKind')
    return answer(traces.operations(service).filter(({ spanKind }) => kind === null || spanKind === kind))
  }
  if (what === 'traces' && id === undefined) return searchTraces(traces, url.searchParams)
  if (what === 'traces' && id !== undefined) {
    const spans = traces.get(id.padStart(32, '0'))
    return spans ? answer([writeTrace(spans)]) : refuse(404, 'trace not found')
  }
  if (what === 'dependencies') return answer([])
  return refuse(404, 'not found')
}

function searchTraces(traces: TraceStore, query: URLSearchParams): JaegerAnswer {
  const ids = query.getAll('traceID')
  if (ids.length > 0)
    return answer(
      ids.flatMap(id => traces.get(id) ?? []).length === 0
        ? []
        : ids.flatMap(id => {
            const spans = traces.get(id)
            return spans ? [writeTrace(spans)] : []
          }),
    )
  const service = query.get('service')
  if (service === null || service === '') return refuse(400, "parameter 'service' is required")
  let wanted: readonly (readonly [string, string])[]
  try {
    wanted = readTags(query)
  } catch (error) {
    return refuse(400, `malformed 'tags' parameter, expecting a JSON object of texts: ${String(error)}`)
  }
  const operation = query.get('operation')
  const shortest = durationOf(query.get('minDuration'))
  const longest = durationOf(query.get('maxDuration'))
  const start = Number(query.get('start') ?? 0)
  const end = Number(query.get('end') ?? Infinity)
  const limit = Number(query.get('limit') ?? 100) || 100
  const matches = (span: RecordedSpan): boolean =>
    span.service === service &&
    (operation === null || operation === '' || operation === 'all' || span.operation === operation) &&
    span.start >= start &&
    span.start <= end &&
    (shortest === undefined || span.duration >= shortest) &&
    (longest === undefined || span.duration <= longest) &&
    hasTags(span, wanted)
  const found: unknown[] = []
  for (const spans of traces.newest()) {
    if (found.length >= limit) break
    if (spans.some(matches)) found.push(writeTrace(spans))
  }
  return answer(found)
}

/** `tags` is a JSON object; `tag` is `key:value`, any number of times. */
function readTags(query: URLSearchParams): readonly (readonly [string, string])[] {
  const tags: (readonly [string, string])[] = query.getAll('tag').map(text => {
    const colon = text.indexOf(':')
    return [text.slice(0, colon), text.slice(colon + 1)]
  })
  for (const text of query.getAll('tags'))
    for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, unknown>))
      tags.push([key, String(value)])
  return tags
}

const hasTags = (span: RecordedSpan, wanted: readonly (readonly [string, string])[]): boolean => {
  if (wanted.length === 0) return true
  const own = new Map(tagsOf(span).map(({ key, value }) => [key, value]))
  return wanted.every(([key, value]) => own.get(key) === value)
}

const durationOf = (text: string | null): number | undefined => {
  const milliseconds = text === null || text === '' ? undefined : parseDuration(text)
  return milliseconds === undefined ? undefined : milliseconds * 1000
}

function writeTrace(spans: readonly RecordedSpan[]): unknown {
  const processes = new Map<string, { id: string; process: unknown }>()
  const processOf = ({ service, ip }: RecordedSpan): string => {
    const key = `${service} ${ip}`
    const known = processes.get(key)
    if (known) return known.id
    const id = `p${String(processes.size + 1)}`
    const process = { serviceName: service, tags: [{ key: 'ip', type: 'string', value: ip }] }
    processes.set(key, { id, process })
    return id
  }
  return {
    traceID: spans[0]?.traceId,
    spans: [...spans]
      .sort((one, other) => one.start - other.start)
      .map(span => ({
        traceID: span.traceId,
        spanID: span.spanId,
        operationName: span.operation,
        references:
          span.parentId === undefined
            ? []
            : [{ refType: 'CHILD_OF', traceID: span.traceId, spanID: span.parentId }],
        startTime: span.start,
        duration: span.duration,
        tags: tagsOf(span).map(({ key, value }) => ({ key, type: 'string', value })),
        logs: [],
        processID: processOf(span),
        warnings: null,
      })),
    processes: Object.fromEntries([...processes.values()].map(({ id, process }) => [id, process])),
    warnings: null,
  }
}
