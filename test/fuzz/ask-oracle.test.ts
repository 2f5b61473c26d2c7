import { expect, test } from 'vitest'
import { askOracle, isBroken, type Answer } from '../../fuzz/routing/ask-oracle.ts'
import type { Configuration } from '../../fuzz/routing/configuration.ts'

test.each([
  ['Error: read ECONNRESET', true],
  ['Error: connect ECONNREFUSED 127.1.2.3:5', true],
  ['Error: socket hang up', true],
  ['Envoy: Envoy did not start: ', true],
  ['Envoy: Didn’t find a registered implementation', false],
  ['Envoy: Envoy did not start: error initializing configuration', false],
  ['no route configuration 80', false],
])('%s: asked again is %s', (error, expected) => {
  expect(isBroken({ error })).toBe(expected)
})

test('only the configuration whose connection broke is asked again', () => {
  const configurations = ['a', 'b'].map(text => ({ text }) as unknown as Configuration)
  const asked: string[][] = []
  const answers = askOracle('', configurations, (_oracle, given): Answer[][] => {
    asked.push(given.map(({ text }) => text))
    return given.map(({ text }) => [
      text === 'b' && asked.length < 3 ? { error: 'Error: socket hang up' } : { status: 200 },
    ])
  })
  expect(asked).toEqual([['a', 'b'], ['b'], ['b']])
  expect(answers).toEqual([[{ status: 200 }], [{ status: 200 }]])
})
