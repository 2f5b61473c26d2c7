import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { ServedType } from '../../../shared/contract/resources.ts'
import { conditionsOf } from './conditions.ts'
import { groupKinds } from './kind-groups.ts'
import { printObject } from '../../../domain/yaml/print-object.ts'
import { podStatus } from './pod-status.ts'
import { readColumn } from './read-path.ts'
import { columnsOf, isFound } from './resource-columns.ts'

const object = (fields: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'default' },
  ...fields,
})
const type = (fields: Partial<ServedType>): ServedType => ({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  isNamespaced: true,
  verbs: ['list', 'watch'],
  shortNames: [],
  isPreferred: true,
  isCustom: false,
  columns: [],
  ...fields,
})

const shown = object({
  spec: { hosts: ['a', 'b'], 'dotted.name': 1 },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
})

describe('readColumn', () => {
  test.each([
    ['.spec.hosts', '["a","b"]'],
    ['.spec.hosts[*]', 'a,b'],
    ['.spec.hosts[1]', 'b'],
    ['.spec.dotted\\.name', '1'],
    ["{.spec['dotted.name']}", '1'],
    ['.status.conditions[?(@.type=="Ready")].status', 'True'],
    ['.status.conditions[?(@.type=="None")].status', ''],
    ['.spec.none.of.it', ''],
  ])('%s', (path, text) => {
    expect(readColumn(shown, path)).toBe(text)
  })
})

describe('podStatus', () => {
  const containers = {
    containers: [{ name: 'app' }],
    initContainers: [{ name: 'istio-proxy', restartPolicy: 'Always' }],
  }
  test.each([
    [
      'running with a native sidecar',
      {
        phase: 'Running',
        containerStatuses: [{ name: 'app', ready: true, restartCount: 2 }],
        initContainerStatuses: [{ name: 'istio-proxy', ready: true }],
      },
      'Running 2/2 good 2',
    ],
    [
      'not ready',
      { phase: 'Running', containerStatuses: [{ name: 'app', ready: false }] },
      'Running 0/2 warning 0',
    ],
    [
      'crashing',
      {
        phase: 'Running',
        containerStatuses: [
          { name: 'app', ready: false, restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      },
      'CrashLoopBackOff 0/2 bad 5',
    ],
    [
      'init fails',
      {
        phase: 'Pending',
        initContainerStatuses: [{ name: 'init', state: { waiting: { reason: 'ImagePullBackOff' } } }],
      },
      'Init:ImagePullBackOff 0/2 bad 0',
    ],
    ['no status', {}, 'Unknown 0/2 bad 0'],
  ])('%s', (_, status, told) => {
    const { text, ready, containers: count, tone, restarts } = podStatus(object({ spec: containers, status }))
    expect(`${text} ${ready}/${count} ${tone} ${restarts}`).toBe(told)
  })
})

test('kinds are found under the heading people look for', () => {
  const types = [
    type({ kind: 'Widget', group: 'example.com', isCustom: true }),
    type({ kind: 'VirtualService', group: 'networking.istio.io', isCustom: true }),
    type({ kind: 'Gateway', group: 'gateway.networking.k8s.io', isCustom: true }),
    type({ kind: 'Service' }),
    type({ kind: 'Deployment', group: 'apps' }),
    type({}),
  ]
  expect(
    groupKinds(types).map(group => `${group.title}: ${group.types.map(({ kind }) => kind).join(' ')}`),
  ).toEqual([
    'Workloads: Pod Deployment',
    'Network: Service',
    'Istio: VirtualService',
    'Gateway API: Gateway',
    'Custom: Widget',
  ])
})

test('a CRD shows its own columns, and the filter looks into them and the labels', () => {
  const columns = columnsOf(
    type({
      kind: 'Widget',
      group: 'example.com',
      isCustom: true,
      columns: [{ name: 'Size', type: 'integer', path: '.spec.size' }],
    }),
  )
  expect(columns.map(({ title }) => title)).toEqual(['Name', 'Namespace', 'Size', 'Age'])
  const widget = object({ spec: { size: 42 }, metadata: { name: 'w', labels: { app: 'shop' } } })
  expect(
    [['42'], ['app=shop'], ['w', '42'], ['other']].map(words => isFound(widget, columns, words)),
  ).toEqual([true, true, true, false])
})

test('what is edited has nothing that the server fills in', () => {
  const text = printObject(
    object({
      metadata: {
        name: 'a',
        uid: 'u',
        resourceVersion: '5',
        creationTimestamp: '2026-01-01T00:00:00Z',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
      spec: { weight: 90 },
      status: { phase: 'Running' },
    }),
  )
  expect(text).toBe('apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  weight: 90\n')
})

test('conditions say whether they are good', () => {
  const status = {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'DiskPressure', status: 'True' },
      { type: 'DiskPressure', status: 'False' },
      { type: 'Ready', status: 'Unknown' },
    ],
  }
  expect(conditionsOf(object({ status })).map(({ tone }) => tone)).toEqual(['good', 'bad', 'good', 'warning'])
})
