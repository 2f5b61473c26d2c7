import { describe, expect, test } from 'vitest'
import { spanText } from './age.ts'
import { builtInTypes } from './built-in-types.ts'
import { valuesAtJsonPath } from './json-path.ts'
import type { ServedResource } from './served-resource.ts'
import { tableOf } from './table.ts'

const now = new Date('2026-01-01T01:00:00Z')
const metadata = { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' }

const cells = (resource: ServedResource, object: object): unknown =>
  tableOf(resource, [{ apiVersion: 'v1', kind: resource.kind, metadata, ...object }], now, 'None').rows[0]
    ?.cells

const running = { state: { running: {} }, ready: true, restartCount: 0 }
const waiting = (reason: string): object => ({
  state: { waiting: { reason } },
  ready: false,
  restartCount: 3,
})

describe('rows are kubectl’s', () => {
  test.each([
    [
      'pods',
      {
        spec: { containers: [{}, {}], nodeName: 'n' },
        status: { phase: 'Running', podIP: '1.2.3.4', containerStatuses: [running, running] },
      },
      ['a', '2/2', 'Running', '0', '60m', '1.2.3.4', 'n', '<none>', '<none>'],
    ],
    [
      'pods',
      {
        spec: { containers: [{}] },
        status: { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] },
      },
      ['a', '0/1', 'CrashLoopBackOff', '3', '60m', '<none>', '<none>', '<none>', '<none>'],
    ],
    [
      'pods',
      {
        spec: { containers: [{}], initContainers: [{ name: 'i' }] },
        status: {
          phase: 'Pending',
          initContainerStatuses: [{ name: 'i', ...waiting('PodInitializing'), restartCount: 0 }],
        },
      },
      ['a', '0/1', 'Init:0/1', '0', '60m', '<none>', '<none>', '<none>', '<none>'],
    ],
    [
      'pods',
      {
        metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:59:00Z' },
        spec: { containers: [{}] },
        status: { phase: 'Running', containerStatuses: [running] },
      },
      ['a', '1/1', 'Terminating', '0', '60m', '<none>', '<none>', '<none>', '<none>'],
    ],
    [
      'deployments',
      {
        spec: {
          replicas: 2,
          selector: { matchLabels: { b: 'c', a: 'b' } },
          template: { spec: { containers: [{ name: 'x', image: 'y' }] } },
        },
        status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
      },
      ['a', '1/2', 2, 1, '60m', 'x', 'y', 'a=b,b=c'],
    ],
    [
      'services',
      {
        spec: {
          type: 'LoadBalancer',
          clusterIP: '10.0.0.1',
          ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
        },
      },
      ['a', 'LoadBalancer', '10.0.0.1', '<pending>', '80:30080/TCP', '60m', '<none>'],
    ],
    [
      'endpointslices',
      {
        addressType: 'IPv4',
        ports: [{ port: 80 }],
        endpoints: ['1', '2', '3', '4'].map(end => ({ addresses: [`10.0.0.${end}`] })),
      },
      ['a', 'IPv4', '80', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...', '60m'],
    ],
    ['configmaps', { data: { a: '', b: '' } }, ['a', 2, '60m']],
    ['customresourcedefinitions', {}, ['a', '2026-01-01T00:00:00Z']],
  ])('%s', (plural, object, expected) => {
    expect(
      cells(
        builtInTypes.find(type => type.plural === plural)!,
        object,
      ),
    ).toEqual(expected)
  })
})

test.each([
  [0, '0s'],
  [119_000, '119s'],
  [125_000, '2m5s'],
  [600_000, '10m'],
  [3 * 3_600_000 + 60_000, '3h1m'],
  [30 * 3_600_000, '30h'],
  [50 * 3_600_000, '2d2h'],
  [400 * 86_400_000, '400d'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(spanText(milliseconds)).toBe(text)
})

test.each([
  ['.spec.hosts', [['a', 'b']]],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  ['.status.addresses[*].value', ['x', 'y']],
  ['.status.addresses[0].value', ['x']],
  [".metadata.labels['a.b/c']", ['d']],
  ['.metadata.labels.a\\.b/c', ['d']],
  ['.nothing.here', []],
])('%s', (path, expected) => {
  const object = {
    metadata: { labels: { 'a.b/c': 'd' } },
    spec: { hosts: ['a', 'b'] },
    status: {
      conditions: [
        { type: 'Other', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
      addresses: [{ value: 'x' }, { value: 'y' }],
    },
  }
  expect(valuesAtJsonPath(object, path)).toEqual(expected)
})
