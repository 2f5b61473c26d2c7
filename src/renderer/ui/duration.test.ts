import { expect, it } from 'vitest'
import { formatDuration } from './duration.ts'

it.each([
  [-5, '0 s'],
  [999, '0 s'],
  [8_400, '8 s'],
  [59_999, '59 s'],
  [125_000, '2 min 5 s'],
  [3_600_000, '1 h 0 min'],
  [3_780_000, '1 h 3 min'],
])('%d ms is %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})
