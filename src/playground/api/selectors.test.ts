import { expect, test } from 'vitest'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { parseFieldSelector, parseLabelSelector } from './selectors.ts'
import { seenAs } from './watch-objects.ts'

const pod = (labels: Record<string, string>, phase = 'Running'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', labels },
  status: { phase },
})

test.each([
  ['', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web , version != v2', true],
  ['app!=web', false],
  ['tier!=front', true],
  ['app in (api, web)', true],
  ['app notin (api,web)', false],
  ['tier notin (front)', true],
  ['app', true],
  ['!app', false],
  ['!tier,version in (v1)', true],
  ['count>2', true],
  ['count<2', false],
])('label selector %j: %j', (selector, isSelected) => {
  expect(parseLabelSelector(selector)(pod({ app: 'web', version: 'v1', count: '3' }))).toBe(isSelected)
})

test('a broken label selector is a bad request', () => {
  expect(() => parseLabelSelector('a b')).toThrow(/unable to parse requirement/)
})

const pods = { group: '', plural: 'pods' }
test.each([
  ['metadata.name=web', true],
  ['metadata.name!=web', false],
  ['metadata.namespace=default,status.phase=Running', true],
  ['status.phase=Pending', false],
  ['spec.nodeName=', true],
])('field selector %j: %j', (selector, isSelected) => {
  expect(parseFieldSelector(selector, pods)(pod({}))).toBe(isSelected)
})

test('an unknown field is a bad request', () => {
  expect(() => parseFieldSelector('spec.color=red', pods)).toThrow('field label not supported: spec.color')
})

test.each([
  ['added', undefined, 'web', 'ADDED'],
  ['modified', 'web', 'web', 'MODIFIED'],
  ['modified', 'web', 'api', 'DELETED'],
  ['modified', 'api', 'web', 'ADDED'],
  ['modified', 'api', 'api', undefined],
  ['deleted', 'web', 'web', 'DELETED'],
] as const)('%s from %s to %s is seen as %s', (kind, before, after, seen) => {
  const event = {
    kind,
    collection: pods,
    object: pod({ app: after }),
    ...(before === undefined ? {} : { previous: pod({ app: before }) }),
  }
  expect(seenAs(event, parseLabelSelector('app=web'))).toBe(seen)
})
