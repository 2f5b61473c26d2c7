import { expect, test } from 'vitest'
import { createSessions, type Sessions } from './sessions.ts'

function start(): { sessions: Sessions; pass: (ms: number) => void } {
  let time = 0
  return { sessions: createSessions({ now: () => time }), pass: ms => (time += ms) }
}

const secretOf = (exchange: ReturnType<Sessions['exchange']>): string =>
  exchange.kind === 'session' ? exchange.secret : ''

test('a code is exchanged once for a session that stays', () => {
  const { sessions, pass } = start()
  const code = sessions.issueCode()
  const secret = secretOf(sessions.exchange(code))
  expect(secret).toMatch(/^[\w-]{43}$/)
  expect(secret).not.toBe(code)
  pass(24 * 3_600_000)
  expect(sessions.isKnown(secret)).toBe(true)
  expect(sessions.exchange(code)).toEqual({ kind: 'used' })
  expect(sessions.isKnown(code)).toBe(false)
})

test('a code runs out after a quarter of an hour', () => {
  const { sessions, pass } = start()
  const code = sessions.issueCode()
  pass(15 * 60_000)
  expect(sessions.exchange(code)).toEqual({ kind: 'expired' })
})

test('the oldest codes and sessions make room for new ones', () => {
  const { sessions } = start()
  const first = sessions.issueCode()
  const codes = Array.from({ length: 16 }, () => sessions.issueCode())
  expect(sessions.exchange(first)).toEqual({ kind: 'unknown' })
  const secret = secretOf(sessions.exchange(codes[0] ?? ''))
  for (let n = 0; n < 64; n++) sessions.exchange(sessions.issueCode())
  expect(sessions.isKnown(secret)).toBe(false)
})

test('guesses are limited, and the limit passes', () => {
  const { sessions, pass } = start()
  const code = sessions.issueCode()
  for (let n = 0; n < 10; n++) expect(sessions.exchange(`guess-${n}`)).toEqual({ kind: 'unknown' })
  expect(sessions.exchange(code)).toEqual({ kind: 'too-many' })
  pass(60_000)
  expect(sessions.exchange(code)).toMatchObject({ kind: 'session' })
})

test.each(['', 'x', 'x'.repeat(100_000)])('the session %.20j is not known', secret => {
  expect(start().sessions.isKnown(secret)).toBe(false)
})
