import { ProblemError } from '../problem.ts'
import type { Span, SpanTag, Trace } from './trace.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
/** A number, also one that is written as text because it is larger than JavaScript counts. */
function numberOf(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : 0
}

const tagsOf = (value: unknown): SpanTag[] =>
  listOf(value).map(tag => ({ key: textOf(tag['key']), value: textOf(tag['value']) }))

function parentOf(span: Record<string, unknown>): string | undefined {
  const references = listOf(span['references'])
  const parent =
    references.find(({ refType }) => refType === 'CHILD_OF') ??
    references.find(({ refType }) => refType === 'FOLLOWS_FROM')
  const id = parent?.['spanID']
  return typeof id === 'string' && id !== '' ? id : undefined
}

function readSpan(span: Record<string, unknown>, processes: Record<string, unknown>): Span {
  const process = processes[textOf(span['processID'])]
  const { serviceName, tags } = isRecord(process) ? process : {}
  const parentId = parentOf(span)
  const duration = numberOf(span['duration'])
  const own: unknown = span['warnings']
  const warnings = [
    ...(duration < 0 ? [`The duration is below zero (${String(duration)} µs) and shown as 0`] : []),
    ...(Array.isArray(own) ? own.filter(text => typeof text === 'string') : []),
  ]
  return {
    id: textOf(span['spanID']),
    service: typeof serviceName === 'string' ? serviceName : 'unknown',
    operation: textOf(span['operationName']),
    start: numberOf(span['startTime']),
    duration: Math.max(0, duration),
    tags: tagsOf(span['tags']),
    processTags: tagsOf(tags),
    logs: listOf(span['logs']).map(log => ({
      at: numberOf(log['timestamp']),
      fields: tagsOf(log['fields']),
    })),
    ...(parentId === undefined ? {} : { parentId }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}

const kindOf = ({ tags }: Span): string | undefined => tags.find(({ key }) => key === 'span.kind')?.value

/**
 * Spans with one id each. Zipkin lets the client and the server of a call share an id: the server's span becomes the
 * child of the client's, and what it called becomes its own. Other spans of one id stand beside each other; a span that
 * came twice is one.
 * Source: https://github.com/openzipkin/b3-propagation (shared spans)
 */
function withOwnIds(spans: readonly Span[]): Span[] {
  const byId = new Map<string, Span[]>()
  for (const span of spans) {
    const known = byId.get(span.id)
    if (known === undefined) byId.set(span.id, [span])
    else known.push(span)
  }
  if (byId.size === spans.length) return [...spans]
  const servers = new Map<string, string>()
  const renamed: Span[] = []
  for (const [id, alike] of byId) {
    const distinct = [...new Map(alike.map(span => [JSON.stringify(span), span])).values()]
    const client = distinct.find(span => kindOf(span) === 'client')
    const server = distinct.find(span => kindOf(span) === 'server')
    const isShared = client !== undefined && server !== undefined
    if (isShared) servers.set(id, `${id}-server`)
    let copies = 0
    for (const span of distinct) {
      if (isShared && span === server) renamed.push({ ...span, id: `${id}-server`, parentId: id })
      else if (span === (client ?? distinct[0])) renamed.push(span)
      else renamed.push({ ...span, id: `${id}-${String((copies += 1) + 1)}` })
    }
  }
  return renamed.map(span => {
    const server = span.parentId === undefined ? undefined : servers.get(span.parentId)
    return server === undefined || server === span.id ? span : { ...span, parentId: server }
  })
}

/** A whole number, or a text, which may have digits of its own. */
const TEXT_OR_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d+(?![\d.eE])/g

/** JSON whose integers stay exact: one that JavaScript would round becomes a text. */
export const parseExactJson = (text: string): unknown =>
  JSON.parse(
    text.replace(TEXT_OR_INTEGER, found =>
      found.startsWith('"') || found.length < 16 || Number.isSafeInteger(Number(found))
        ? found
        : `"${found}"`,
    ),
  )

/**
 * The traces of a Jaeger query answer, `{"data": [{"traceID", "spans", "processes"}]}`. What a span lacks is empty;
 * an answer of another shape is a `bad-input` problem.
 * Source: https://www.jaegertracing.io/docs/latest/architecture/apis/#json-over-http and model/json/model.go
 */
export function parseJaegerTraces(answer: unknown): Trace[] {
  if (!isRecord(answer) || !Array.isArray(answer['data']))
    throw new ProblemError({
      code: 'bad-input',
      message: 'This is not an answer of a Jaeger query service',
      at: 'data',
    })
  return listOf(answer['data']).map(trace => {
    const processes = isRecord(trace['processes']) ? trace['processes'] : {}
    const spans = listOf(trace['spans']).map(span => readSpan(span, processes))
    return { id: textOf(trace['traceID']), spans: withOwnIds(spans).sort((a, b) => a.start - b.start) }
  })
}
