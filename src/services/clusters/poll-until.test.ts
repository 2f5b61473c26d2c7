import { expect, test } from 'vitest'
import { pollUntil, type PollClock } from './poll-until.ts'

/** A clock that only pauses move on. */
function createClock(): PollClock & { readonly pauses: number[] } {
  let time = 0
  const pauses: number[] = []
  return {
    pauses,
    now: () => time,
    pause(milliseconds) {
      pauses.push(milliseconds)
      time += milliseconds
      return Promise.resolve()
    },
  }
}
const signal = new AbortController().signal
const late = new Error('too late')

test.each<[string, number, number[], number | Error]>([
  // the answer comes with this question, the pauses between the questions, the end
  ['at once', 1, [], 1],
  ['after two questions', 3, [400, 400], 3],
  ['with the question after the time is up', 4, [400, 400, 200], 4],
  ['never', Infinity, [400, 400, 200], late],
])('an answer that comes %s', async (_, comesWith, pauses, end) => {
  const clock = createClock()
  let asked = 0
  const asking = pollUntil(
    () => Promise.resolve((asked += 1) >= comesWith ? asked : undefined),
    () => late,
    { intervalMs: 400, timeoutMs: 1_000, signal, clock },
  )
  expect(await asking.catch((error: unknown) => error)).toBe(end)
  expect(clock.pauses).toEqual(pauses)
})

test('an answer that is false is an answer', async () => {
  const options = { intervalMs: 1, timeoutMs: 0, signal, clock: createClock() }
  expect(
    await pollUntil(
      () => Promise.resolve(false),
      () => late,
      options,
    ),
  ).toBe(false)
})

test.each(['before the first question', 'in a pause', 'while it is asked'])(
  'stopped %s, it asks no more and does not call it late',
  async when => {
    const stop = new AbortController()
    const reason = new Error('stopped')
    const clock = createClock()
    let asked = 0
    if (when === 'before the first question') stop.abort(reason)
    const asking = pollUntil(
      () => {
        asked += 1
        if (when === 'while it is asked') stop.abort(reason)
        return Promise.resolve(undefined)
      },
      () => late,
      {
        intervalMs: 1,
        timeoutMs: when === 'while it is asked' ? 0 : 10,
        signal: stop.signal,
        clock: {
          now: clock.now,
          pause: (milliseconds, own) => {
            if (when === 'in a pause') stop.abort(reason)
            return clock.pause(milliseconds, own)
          },
        },
      },
    )
    await expect(asking).rejects.toBe(reason)
    expect(asked).toBe(when === 'before the first question' ? 0 : 1)
  },
)

test('what fails while it is asked fails the wait', async () => {
  const broken = new Error('broken')
  const options = { intervalMs: 1, timeoutMs: 10, signal, clock: createClock() }
  await expect(
    pollUntil(
      () => Promise.reject(broken),
      () => late,
      options,
    ),
  ).rejects.toBe(broken)
})
