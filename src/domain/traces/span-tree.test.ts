import { describe, expect, test } from 'vitest'
import { spanRows } from './span-tree.ts'
import type { Span } from './trace.ts'

const COUNT = 10_000

/** Spans that count how often they are asked for their place in the tree. */
function countedSpans(parentOf: (index: number) => number | undefined): {
  readonly spans: readonly Span[]
  readonly reads: () => number
} {
  let reads = 0
  const spans = Array.from({ length: COUNT }, (_, index): Span => {
    const parent = parentOf(index)
    const span = {
      service: 'a',
      operation: 'b',
      start: index,
      duration: 1,
      tags: [],
      processTags: [],
      logs: [],
      get id() {
        reads += 1
        return String(index)
      },
      get parentId() {
        reads += 1
        return parent === undefined ? undefined : String(parent)
      },
    }
    return span as Span
  })
  return { spans, reads: () => reads }
}

describe('the rows of a trace of 10,000 spans', () => {
  test.each([
    ['a chain', (index: number) => (index === 0 ? undefined : index - 1)],
    ['a star', (index: number) => (index === 0 ? undefined : 0)],
    ['a tree', (index: number) => (index === 0 ? undefined : Math.floor((index - 1) / 2))],
    ['one circle', (index: number) => (index + 1) % COUNT],
    ['pairs that call each other', (index: number) => index ^ 1],
    ['no parents at all', () => undefined],
    ['parents that are missing', (index: number) => COUNT + index],
  ])('%s takes a fixed number of steps for each span, and each is there once', (_name, parentOf) => {
    const { spans, reads } = countedSpans(parentOf)
    const rows = spanRows({ id: 't', spans })
    expect(reads()).toBeLessThanOrEqual(8 * COUNT)
    expect(rows).toHaveLength(COUNT)
    expect(new Set(rows.map(({ span }) => span)).size).toBe(COUNT)
  })
})
