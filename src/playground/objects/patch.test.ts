import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { builtInTypes } from './built-in-types.ts'
import { applyPatch, jsonPatchType, mergePatchType, strategicMergePatchType } from './patch.ts'
import { loadSchemas } from './schema-lookup.ts'

beforeAll(() => loadSchemas(join(import.meta.dirname, '../../../resources')))

const deployment = builtInTypes.find(type => type.plural === 'deployments')!

const live: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' }, finalizers: ['a', 'b'] },
  spec: {
    replicas: 1,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    template: {
      spec: {
        containers: [
          { name: 'a', image: 'a:1', args: ['x'] },
          { name: 'b', image: 'b:1' },
        ],
      },
    },
  },
}

const patched = (type: string, patch: unknown): unknown => applyPatch(type, live, patch, deployment)
const containersAfter = (patch: object): unknown =>
  (
    patched(strategicMergePatchType, { spec: { template: { spec: patch } } }) as {
      spec: { template: { spec: { containers: unknown } } }
    }
  ).spec.template.spec.containers

describe('a strategic merge patch merges containers by name', () => {
  test.each([
    [
      'changes one',
      { containers: [{ name: 'b', image: 'b:2' }] },
      [
        { name: 'a', image: 'a:1', args: ['x'] },
        { name: 'b', image: 'b:2' },
      ],
    ],
    ['removes one', { containers: [{ name: 'a', $patch: 'delete' }] }, [{ name: 'b', image: 'b:1' }]],
    [
      'replaces an atomic list',
      { containers: [{ name: 'a', args: ['y'] }] },
      [
        { name: 'a', image: 'a:1', args: ['y'] },
        { name: 'b', image: 'b:1' },
      ],
    ],
    ['replaces all', { containers: [{ name: 'c' }, { $patch: 'replace' }] }, [{ name: 'c' }]],
    [
      'orders',
      {
        '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
        containers: [{ name: 'c', image: 'c' }],
      },
      [
        { name: 'c', image: 'c' },
        { name: 'b', image: 'b:1' },
        { name: 'a', image: 'a:1', args: ['x'] },
      ],
    ],
    [
      'drops a field by null',
      { containers: [{ name: 'a', args: null }] },
      [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
      ],
    ],
  ])('%s', (_, patch, expected) => {
    expect(containersAfter(patch)).toEqual(expected)
  })

  test('and knows the other directives', () => {
    expect(
      patched(strategicMergePatchType, {
        metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] },
        spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      }),
    ).toMatchObject({ metadata: { finalizers: ['b', 'c'] }, spec: { strategy: { type: 'Recreate' } } })
  })
})

describe('the other patches', () => {
  test.each([
    [
      'merge',
      mergePatchType,
      { metadata: { labels: { app: null, b: 'c' } } },
      { metadata: { labels: { b: 'c' } } },
    ],
    [
      'JSON',
      jsonPatchType,
      [
        { op: 'test', path: '/spec/replicas', value: 1 },
        { op: 'replace', path: '/spec/replicas', value: 2 },
        { op: 'add', path: '/metadata/labels/a~1b', value: 'c' },
        { op: 'add', path: '/metadata/finalizers/-', value: 'z' },
        { op: 'move', from: '/metadata/labels/app', path: '/metadata/labels/moved' },
      ],
      {
        metadata: { labels: { 'a/b': 'c', moved: 'web' }, finalizers: ['a', 'b', 'z'] },
        spec: { replicas: 2 },
      },
    ],
  ])('%s', (_, type, patch, expected) => {
    expect(patched(type, patch)).toMatchObject(expected)
  })

  test.each([
    [
      'a failed test',
      jsonPatchType,
      [{ op: 'test', path: '/spec/replicas', value: 7 }],
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'a path to nothing',
      jsonPatchType,
      [{ op: 'remove', path: '/spec/nope' }],
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'no list',
      jsonPatchType,
      {},
      400,
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
    ['an unknown type', 'text/plain', {}, 415, '415: Unsupported Media Type'],
  ])('are refused: %s', (_, type, patch, code, message) => {
    expect(() => patched(type, patch)).toThrow(expect.objectContaining({ code, message }) as Error)
  })

  test('a custom resource takes no strategic merge patch', () => {
    expect(() => applyPatch(strategicMergePatchType, live, {}, { ...deployment, isCustom: true })).toThrow(
      'accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    )
  })
})
