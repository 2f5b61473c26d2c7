import { expect, test } from 'vitest'
import { stopInTime } from './stop-in-time.ts'

const exit = (): void => {}

test.each([
  ['a clean stop', () => Promise.resolve(), 0],
  ['a stop that fails', () => Promise.reject(new Error('disk')), 1],
  ['a stop that never ends', () => new Promise<void>(() => {}), 1],
])('%s', async (_name, stop, code) => {
  expect(await stopInTime(stop, { limitMs: 20, exit })).toBe(code)
})
