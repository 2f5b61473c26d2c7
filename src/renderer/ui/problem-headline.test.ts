import { describe, expect, test } from 'vitest'
import { withHeadline, type ShownProblem } from './problem-headline.ts'

const show = (problem: ShownProblem): ShownProblem => withHeadline(problem)

describe('the headline of a problem', () => {
  test.each([
    ['words', 'Could not load trace 4f2c…', 'Could not load trace 4f2c…'],
    [
      'a sentence with a status',
      'The API server answered 503: it is busy',
      'The API server answered 503: it is busy',
    ],
    ['JSON alone', '{"kind":"Status","message":"pods is forbidden","code":403}', 'pods is forbidden'],
    [
      'JSON after words',
      'Jaeger failed: {"data":null,"errors":[{"code":404,"msg":"trace not found"}]}',
      'Jaeger failed: trace not found',
    ],
    ['JSON without a sentence', 'Jaeger failed: {"data":null}', 'Jaeger failed'],
    ['JSON that is cut', '{"kind":"Sta', 'The request failed'],
    ['a page', '<html><head><title>502</title></head></html>', 'The request failed'],
    ['a status', '404 page not found', 'The request failed'],
    ['a stack', 'Nothing is there\n    at read (file.js:1:2)', 'Nothing is there'],
    ['a map in words', 'Write labels as {a: b}', 'Write labels as {a: b}'],
  ])('of %s', (_name, message, expected) => {
    const shown = show({ message })
    expect(shown.message).toBe(expected)
    // Nothing is lost: what is not in the title is in the details.
    if (shown.message !== message) expect(shown.raw).toContain(message)
  })

  test('keeps what was raw before, and everything else', () => {
    const shown = show({ message: '{"a":1}', raw: 'stderr', at: 'spec', line: 3 })
    expect(shown).toMatchObject({ at: 'spec', line: 3 })
    expect(shown.raw).toContain('stderr')
    expect(shown.raw).toContain('{"a":1}')
  })

  test('has an end', () => {
    const shown = show({ message: 'x'.repeat(5_000) })
    expect(shown.message.length).toBeLessThanOrEqual(240)
    expect(shown.raw).toHaveLength(5_000)
  })
})
