import { expect, it } from 'vitest'
import { readLinkerdCheck } from './read-linkerd-check.ts'

const check = (fields: object): string =>
  JSON.stringify({ success: false, categories: [{ categoryName: 'linkerd-existence', checks: [fields] }] })

it.each([
  [{ description: 'd', result: 'success', hint: '' }, { result: 'success' }],
  [
    { description: 'd', result: 'warning', hint: 'https://linkerd.io/2/checks/#x', error: 'old' },
    { result: 'warning', hint: 'https://linkerd.io/2/checks/#x', error: 'old' },
  ],
  [{ description: 'd', result: 'error' }, { result: 'error' }],
  // What a later version may say is not taken for success.
  [{ description: 'd', result: 'unheard-of' }, { result: 'error' }],
])('reads %j', (fields, expected) => {
  expect(readLinkerdCheck(check(fields))).toEqual([
    { category: 'linkerd-existence', description: 'd', ...expected },
  ])
})

it.each(['', 'Status check results are √', '[]', '{"categories": 3}'])('does not read %j', text => {
  expect(readLinkerdCheck(text)).toBeUndefined()
})
