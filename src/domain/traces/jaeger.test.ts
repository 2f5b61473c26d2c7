import { describe, expect, test } from 'vitest'
import { ProblemError } from '../problem.ts'
import { parseJaegerTraces } from './jaeger.ts'
import { spanRows } from './span-tree.ts'
import { traceFigures } from './trace-figures.ts'

const span = (
  id: string,
  parent: string | undefined,
  start: number,
  duration: number,
  tags: object[] = [],
): object => ({
  spanID: id,
  operationName: `op ${id}`,
  references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }],
  startTime: start,
  duration,
  tags,
  logs: [],
  processID: 'p1',
})
const answer = (...spans: object[]): unknown => ({
  data: [{ traceID: 't', spans, processes: { p1: { serviceName: 'api.default', tags: [] } } }],
})

describe('the waterfall of a trace', () => {
  test.each([
    [
      'parents before children, siblings by start',
      [span('c', 'a', 30, 5), span('b', 'a', 10, 5), span('a', undefined, 0, 50)],
      ['0 a', '1 b', '1 c'],
    ],
    [
      'a span without its parent is a root',
      [span('a', undefined, 0, 50), span('b', 'gone', 5, 5)],
      ['0 a', '0 b'],
    ],
    [
      'spans that are each other’s parents still show',
      [span('a', 'b', 0, 5), span('b', 'a', 1, 5)],
      ['0 a', '1 b'],
    ],
  ])('%s', (_name, spans, expected) => {
    const [trace] = parseJaegerTraces(answer(...spans))
    expect(trace && spanRows(trace).map(row => `${row.depth} ${row.span.id}`)).toEqual(expected)
  })

  test('a chain of 20,000 spans', () => {
    const spans = Array.from({ length: 20_000 }, (_, n) =>
      span(`s${n}`, n === 0 ? undefined : `s${n - 1}`, n, 1),
    )
    const [trace] = parseJaegerTraces(answer(...spans))
    expect(trace && spanRows(trace).at(-1)?.depth).toBe(19_999)
  })
})

test('what a list shows of a trace', () => {
  const [trace] = parseJaegerTraces(
    answer(
      span('a', undefined, 100, 50),
      span('b', 'a', 110, 90, [{ key: 'http.status_code', type: 'int64', value: 503 }]),
    ),
  )
  expect(trace && traceFigures(trace)).toMatchObject({
    start: 100,
    duration: 100,
    services: ['api.default'],
    errorCount: 1,
  })
})

test.each([['text'], [null], [{ data: 'x' }], [{ errors: [] }]])('%j is not an answer of Jaeger', input => {
  expect(() => parseJaegerTraces(input)).toThrow(ProblemError)
})
