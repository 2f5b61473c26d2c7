import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import { isChangedSince, objectsAt } from './objects-at.ts'

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

  test.each([
    ['2026-01-01T00:00:05Z', true],
    ['2026-01-01T00:00:01Z', false],
  ])('a change by somebody else at %s', (time, expected) => {
    const object = {
      ...rule(1),
      metadata: {
        name: 'myapp',
        managedFields: [{ manager: 'kubectl', operation: 'Update' as const, apiVersion: 'v1', time }],
      },
    }
    expect(isChangedSince(object, Date.parse('2026-01-01T00:00:02Z'))).toBe(expected)
  })
})
