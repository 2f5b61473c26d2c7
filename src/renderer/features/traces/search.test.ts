import { describe, expect, test } from 'vitest'
import { parseMilliseconds, parseTags } from './search.ts'

describe('tags as typed', () => {
  test.each([
    ['', {}],
    ['user-type=beta', { 'user-type': 'beta' }],
    ['a=1  b=2', { a: '1', b: '2' }],
    ['note="two words" c=', { note: 'two words', c: '' }],
    ['error', undefined],
    ['=x', undefined],
  ])('%s', (text, expected) => {
    expect(parseTags(text)).toEqual(expected)
  })
})

test.each([
  ['', undefined],
  ['20', 20],
  ['20ms', 20],
  ['1.5 s', 1500],
  ['fast', NaN],
  ['-1', NaN],
])('%s as a duration', (text, expected) => {
  expect(parseMilliseconds(text)).toEqual(expected)
})
