import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { beginHistory, changesBetween, extendHistory } from './watch-history.ts'

const rule = (name: string, weight: number, version = String(weight)): KubernetesObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'default', uid: name, resourceVersion: version },
  spec: { weight },
})

describe('what a watch saw change', () => {
  test.each([
    ['an object that was changed', [rule('a', 1)], [rule('a', 2)], [['a', rule('a', 1)]]],
    ['a new object', [], [rule('a', 1)], [['a', undefined]]],
    ['a deleted object', [rule('a', 1)], [], [['a', rule('a', 1)]]],
    ['an object whose status alone was written', [rule('a', 1)], [{ ...rule('a', 1, '9'), status: {} }], []],
    [
      'an object that was made again',
      [rule('a', 1)],
      [{ ...rule('a', 2), metadata: { name: 'a', namespace: 'default', uid: 'other' } }],
      [['a', rule('a', 1)]],
    ],
  ] as const)('%s', (_name, before, after, expected) => {
    const found = changesBetween(before, after, { at: 10 })
    expect(found.map(({ id, before: old }) => [id.name, old])).toEqual(expected)
  })

  test('endpoints change all the time and choose no rule', () => {
    const slice = (port: number) => ({ ...rule('a', port), kind: 'EndpointSlice' })
    expect(changesBetween([slice(1)], [slice(2)], { at: 10 })).toEqual([])
  })

  test('is bounded in time and in bytes, and says since when it is whole', () => {
    const change = (at: number, size: number) => ({
      at,
      id: { apiVersion: 'v1', kind: 'Service', name: 'a' },
      before: { ...rule('a', at), data: 'x'.repeat(size) },
    })
    const limits = { retentionMs: 1_000, maxBytes: 5_000 }
    let history = beginHistory(0)
    history = extendHistory(history, [change(100, 10), change(200, 10)], 200, limits)
    expect([history.changes.length, history.knownSince]).toEqual([2, 0])
    history = extendHistory(history, [change(1_150, 10)], 1_150, limits)
    expect([history.changes.map(({ at }) => at), history.knownSince]).toEqual([[200, 1_150], 150])
    history = extendHistory(history, [change(1_160, 4_700)], 1_160, limits)
    expect([history.changes.map(({ at }) => at), history.knownSince]).toEqual([[1_160], 1_150])
    history = extendHistory(history, [change(1_170, 6_000)], 1_170, limits)
    expect([history.changes.length, history.knownSince]).toEqual([0, 1_170])
  })
})
