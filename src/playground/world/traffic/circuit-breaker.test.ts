import { describe, expect, test } from 'vitest'
import type { OutlierDetection } from '../../../domain/routing/policy/traffic-policy.ts'
import { Outliers, Pool } from './circuit-breaker.ts'

describe('a pool with a request from 0 to 10', () => {
  test.each([
    ['no limit', {}, 5, 5],
    ['a free connection', { maxConnections: 2 }, 5, 5],
    ['a place to wait', { maxConnections: 1, http1MaxPendingRequests: 1 }, 5, 10],
    ['an ended request', { maxConnections: 1 }, 10, 10],
    ['no more requests at once', { http2MaxRequests: 1 }, 5, undefined],
  ])('%s', (_name, limits, at, expected) => {
    const pool = new Pool()
    pool.occupy(0, 10)
    expect(pool.admit(at, limits)).toBe(expected)
  })

  test('overflows when as many wait as may', () => {
    const pool = new Pool()
    pool.occupy(0, 10)
    pool.occupy(1, 20)
    expect(pool.admit(5, { maxConnections: 1, http1MaxPendingRequests: 1 })).toBeUndefined()
  })
})

describe('outliers', () => {
  const rules: OutlierDetection = {
    consecutive5xxErrors: 3,
    consecutiveGatewayErrors: 0,
    intervalMs: 10_000,
    baseEjectionTimeMs: 30_000,
    maxEjectionPercent: 50,
    minHealthPercent: 0,
  }
  const after = (statuses: readonly number[], endpoints: readonly string[]): Outliers => {
    const outliers = new Outliers()
    for (const status of statuses)
      for (const name of endpoints) outliers.record(name, status, 0, rules, endpoints)
    return outliers
  }

  test.each([
    ['too few errors', [500, 500], false],
    ['errors in a row', [500, 503, 504], true],
    ['an answer between', [500, 200, 500, 500], false],
    ['no errors of the server', [404, 404, 404], false],
  ])('%s', (_name, statuses, isEjected) => {
    expect(after(statuses, ['a']).isEjected('a', 1)).toBe(isEjected)
  })

  test('come back after the time, longer each time', () => {
    const outliers = after([500, 500, 500], ['a'])
    expect([outliers.isEjected('a', 29_999), outliers.isEjected('a', 30_000)]).toEqual([true, false])
    for (let count = 0; count < 3; count += 1) outliers.record('a', 500, 40_000, rules, ['a'])
    expect([outliers.isEjected('a', 99_999), outliers.isEjected('a', 100_000)]).toEqual([true, false])
  })

  test('are at most the share that the rule allows', () => {
    const outliers = after([500, 500, 500], ['a', 'b', 'c', 'd'])
    expect(['a', 'b', 'c', 'd'].filter(name => outliers.isEjected(name, 1))).toEqual(['a', 'b'])
  })
})
