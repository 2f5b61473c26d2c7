import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { backendState, isBackendOpen, onBackendReopen, setBackendState, watchBackend } from './backend.ts'
import { follow } from './follow.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  setBackendState('open')
})

test('a backend that does not answer is silent until it answers', async () => {
  let answer = (): void => {}
  const stop = watchBackend({ ping: () => new Promise<void>(resolve => (answer = resolve)) })
  await vi.advanceTimersByTimeAsync(14_000)
  expect(isBackendOpen.value).toBe(true)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(backendState.value).toBe('silent')
  answer()
  await vi.advanceTimersByTimeAsync(0)
  expect(backendState.value).toBe('open')
  stop()
})

test('streams begin again at once when the backend is back', async () => {
  let opened = 0
  const following = follow(
    async function* () {
      opened += 1
      if (isBackendOpen.value) yield 'item'
      await Promise.reject(new Error('lost'))
    },
    () => {},
    () => {},
  )
  await vi.advanceTimersByTimeAsync(0)
  setBackendState('lost')
  await vi.advanceTimersByTimeAsync(5_000)
  const before = opened
  setBackendState('open')
  await vi.advanceTimersByTimeAsync(0)
  expect(opened).toBe(before + 1)
  following.stop()
})

test('who no longer listens is not called', () => {
  const called: string[] = []
  const stop = onBackendReopen(() => called.push('reopen'))
  setBackendState('lost')
  setBackendState('open')
  stop()
  setBackendState('lost')
  setBackendState('open')
  expect(called).toEqual(['reopen'])
})
