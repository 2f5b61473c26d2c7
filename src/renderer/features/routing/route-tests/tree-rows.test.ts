import { describe, expect, test } from 'vitest'
import type { RouteTestRun } from '../../../state/route-tests.ts'
import { listTreeRows } from './tree-rows.ts'

const result = (name: string, line: number, differences: readonly string[]) => ({
  test: { name, line, request: {}, expect: {} },
  passed: differences.length === 0,
  differences,
})
const runs: readonly RouteTestRun[] = [
  {
    id: 'a',
    title: 'shop.routes.yaml',
    results: [result('green', 1, []), result('red', 5, ['status: expected 200, got 503'])],
    problems: [],
  },
  { id: 'b', title: 'empty.routes.yaml', results: [], problems: [] },
  {
    id: 'c',
    title: 'broken.routes.yaml',
    results: [result('green', 1, [])],
    problems: [{ code: 'bad-input', message: 'No "request"', line: 7 }],
  },
]
const shown = (closed: readonly string[]): readonly string[] =>
  listTreeRows(runs, new Set(closed)).map(({ level, state, words }) => `${String(level)} ${state} ${words}`)

describe('the tree of route tests', () => {
  test('has texts, tests and differences, and says in words what passed', () => {
    expect(shown([])).toEqual([
      '1 failed shop.routes.yaml: 1 of 2 passed',
      '2 passed green',
      '2 failed red',
      '3 plain status: expected 200, got 503',
      '1 plain empty.routes.yaml: 0 of 0 passed',
      '1 failed broken.routes.yaml: 1 of 1 passed',
      '2 failed Line 7: No "request"',
      '2 passed green',
    ])
  })

  test.each([
    [['a/red'], 7, '3 plain status: expected 200, got 503'],
    [['a'], 5, '2 passed green'],
  ])('closed at %j it has %d lines', (closed, count, hidden) => {
    const lines = shown(closed)
    expect(lines).toHaveLength(count)
    if (closed.includes('a/red')) expect(lines).not.toContain(hidden)
  })

  test('each line leads to its place in the text', () => {
    expect(listTreeRows(runs, new Set()).map(({ draftId, line }) => `${draftId}:${String(line)}`)).toEqual([
      'a:1',
      'a:1',
      'a:5',
      'a:5',
      'b:1',
      'c:1',
      'c:7',
      'c:1',
    ])
  })
})
