import { ProblemError } from '../problem.ts'
import type { Span, SpanTag, Trace } from './trace.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

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
  return {
    id: textOf(span['spanID']),
    service: typeof serviceName === 'string' ? serviceName : 'unknown',
    operation: textOf(span['operationName']),
    start: numberOf(span['startTime']),
    duration: numberOf(span['duration']),
    tags: tagsOf(span['tags']),
    processTags: tagsOf(tags),
    logs: listOf(span['logs']).map(log => ({
      at: numberOf(log['timestamp']),
      fields: tagsOf(log['fields']),
    })),
    ...(parentId === undefined ? {} : { parentId }),
  }
}

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
    return { id: textOf(trace['traceID']), spans: spans.sort((a, b) => a.start - b.start) }
  })
}
