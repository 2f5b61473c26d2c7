import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { objectsAt, pastStateOf, writeTimes } from './objects-at.ts'

const rule = (version: number): KubernetesObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'myapp', namespace: 'default' },
  spec: { version },
})
const id = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  namespace: 'default',
  name: 'myapp',
}
const changes = [
  { at: 100, id, before: undefined },
  { at: 200, id, before: rule(1) },
  { at: 300, id, before: rule(2) },
]

describe('the objects of a moment', () => {
  test.each([
    ['before it was made', 50, []],
    ['after the first change', 150, [1]],
    ['after the second', 250, [2]],
    ['now', 350, [3]],
  ])('%s', (_name, at, expected) => {
    expect(
      objectsAt([rule(3)], changes, at).map(({ spec }) => (spec as { version: number }).version),
    ).toEqual(expected)
  })
})

describe('what is known of a rule at the moment of a request', () => {
  const byKubectl = [{ at: 200, id, before: rule(1) }]
  test.each([
    ['nothing has changed', 50_000, [], 0, [], 'same'],
    ['changed by kubectl while the watch was open', 100, byKubectl, 0, [200], 'changed'],
    ['changed before the request', 300, byKubectl, 0, [200], 'same'],
    ['changed before the window was opened', 10_000, [], 60_000, [30_000], 'unknown'],
    ['written before the request, the window opened later', 40_000, [], 60_000, [30_000], 'same'],
    [
      'changed while the watch was broken',
      150,
      [{ at: 200, from: 100, id, before: rule(1) }],
      0,
      [],
      'unknown',
    ],
    ['changed and changed back', 100, [{ at: 200, id, before: rule(3) }], 0, [200], 'same'],
    [
      'changed by this window before the watch began',
      10_000,
      [{ at: 30_400, id, before: rule(1) }],
      60_000,
      [30_000],
      'changed',
    ],
  ] as const)('%s', (_name, at, known, knownSince, times, expected) => {
    const past = objectsAt([rule(3)], known, at)[0]
    expect(pastStateOf({ id, live: rule(3), past }, at, known, { knownSince, times })).toBe(expected)
  })

  test('a rule that has been deleted since is known as it was', () => {
    const known = [{ at: 200, id, before: rule(1) }]
    const past = objectsAt([], known, 100)[0]
    expect(past).toEqual(rule(1))
    expect(pastStateOf({ id, live: undefined, past }, 100, known, { knownSince: 0, times: [] })).toBe(
      'changed',
    )
  })

  test.each([
    ['2026-01-01T00:00:05Z', undefined, true],
    ['2026-01-01T00:00:05Z', 'status', false],
    ['no date', undefined, false],
  ])(
    'a write at %s of the subresource %s is a write of the configuration: %s',
    (time, subresource, counts) => {
      const managedFields = [
        {
          manager: 'kubectl',
          operation: 'Update' as const,
          apiVersion: 'v1',
          time,
          ...(subresource === undefined ? {} : { subresource }),
        },
      ]
      const written = writeTimes({ ...rule(1), metadata: { name: 'myapp', managedFields } })
      expect(written).toEqual(counts ? [Date.parse(time)] : [])
    },
  )
})
