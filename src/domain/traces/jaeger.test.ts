import { describe, expect, test } from 'vitest'
import { ProblemError } from '../problem.ts'
import { parseExactJson, parseJaegerTraces } from './jaeger.ts'
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

describe('odd numbers and ids', () => {
  test('a duration below zero is 0, with a warning', () => {
    const [trace] = parseJaegerTraces(answer(span('a', undefined, 0, -50)))
    expect(trace?.spans[0]).toMatchObject({ duration: 0, warnings: [expect.stringContaining('-50')] })
    expect(trace && traceFigures(trace).duration).toBe(0)
  })

  test.each([
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['9007199254740991', '9007199254740991'],
    ['1.5', '1.5'],
    ['"a \\"9007199254740993"', 'a "9007199254740993'],
  ])('an integer of 64 bits stays exact: %s', (written, expected) => {
    const text = JSON.stringify(
      answer(span('a', undefined, 1_700_000_000_000_000, 5, [{ key: 'n', value: 'X' }])),
    )
    const [trace] = parseJaegerTraces(parseExactJson(text.replace('"X"', written)))
    expect(trace?.spans[0]).toMatchObject({
      start: 1_700_000_000_000_000,
      tags: [{ key: 'n', value: expected }],
    })
  })

  test('a client and a server that share an id are joined, and what the server called is below it', () => {
    const kind = (value: string): object[] => [{ key: 'span.kind', value }]
    const [trace] = parseJaegerTraces(
      answer(
        span('3', undefined, 0, 90, kind('client')),
        span('3', undefined, 10, 60, kind('server')),
        span('4', '3', 20, 30),
      ),
    )
    expect(trace && spanRows(trace).map(row => `${row.depth} ${row.span.start}`)).toEqual([
      '0 0',
      '1 10',
      '2 20',
    ])
    expect(new Set(trace?.spans.map(({ id }) => id)).size).toBe(3)
  })

  test('a span that came twice is one, other spans of one id stand beside each other', () => {
    const [trace] = parseJaegerTraces(
      answer(span('a', undefined, 0, 9), span('b', 'a', 1, 2), span('b', 'a', 1, 2), span('b', 'a', 3, 2)),
    )
    expect(trace && spanRows(trace).map(row => `${row.depth} ${row.span.start}`)).toEqual([
      '0 0',
      '1 1',
      '1 3',
    ])
  })

  test('10,000 children of one span, each once and in order', () => {
    const spans = Array.from({ length: 10_000 }, (_, n) => span(`s${n}`, 'root', n + 1, 1))
    const [trace] = parseJaegerTraces(answer(span('root', undefined, 0, 20_000), ...spans))
    const rows = trace === undefined ? [] : spanRows(trace)
    expect(rows).toHaveLength(10_001)
    expect(rows[0]?.childCount).toBe(10_000)
    expect(rows.at(-1)?.span.id).toBe('s9999')
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
