import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { patchNamespace, patchWorkload, type InjectionChange } from './injection-change.ts'
import { mergePatch } from './merge-patch.ts'
import { planInjection } from './plan-injection.ts'
import { istioProxyOf, readPodProxy } from './pod-proxy.ts'
import { compareProxy } from './proxy-skew.ts'
import { summarizeInjection } from './summarize-injection.ts'
import { workloadOf } from './workload-of.ts'
import {
  type Marks,
  INJECT,
  namespaceOf,
  podOf,
  sidecar,
  linkerdProxy,
  istio,
  settingOf,
} from './test-objects.ts'

describe('a wish', () => {
  const workload: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      template: {
        metadata: { labels: { app: 'web', [INJECT]: 'false' }, annotations: { [INJECT]: 'false' } },
      },
    },
  }
  test.each<[InjectionChange, Marks, object]>([
    [{ kind: 'default' }, {}, { labels: { 'istio-injection': 'enabled' } }],
    [
      { kind: 'revision', revision: '1-31' },
      { 'istio-injection': 'enabled' },
      { labels: { 'istio-injection': null, 'istio.io/rev': '1-31' } },
    ],
    [
      { kind: 'default' },
      { 'istio.io/rev': '1-31' },
      { labels: { 'istio.io/rev': null, 'istio-injection': 'enabled' } },
    ],
    [
      { kind: 'ambient' },
      { 'istio-injection': 'enabled' },
      { labels: { 'istio-injection': null, 'istio.io/dataplane-mode': 'ambient' } },
    ],
    [
      { kind: 'linkerd', isIngress: false },
      { 'istio-injection': 'enabled' },
      { labels: { 'istio-injection': null }, annotations: { 'linkerd.io/inject': 'enabled' } },
    ],
    [
      { kind: 'off' },
      { 'istio.io/rev': '1-31' },
      { labels: { 'istio.io/rev': null, 'istio-injection': 'disabled' } },
    ],
    [{ kind: 'unset' }, { 'istio-injection': 'enabled' }, { labels: { 'istio-injection': null } }],
    [{ kind: 'unset' }, {}, {}],
  ])('%j in a namespace with %j never leaves two marks', (change, labels, metadata) => {
    expect(patchNamespace(namespaceOf(labels), change, 'istio').patch).toEqual({ metadata })
  })

  test('a workload follows its namespace again', () => {
    expect(patchWorkload(workload, { kind: 'unset' }, 'istio').patch).toEqual({
      spec: { template: { metadata: { labels: { [INJECT]: null }, annotations: { [INJECT]: null } } } },
    })
  })
  test('a workload opts out of Linkerd by its annotation', () => {
    expect(patchWorkload(workload, { kind: 'off' }, 'linkerd').patch).toMatchObject({
      spec: { template: { metadata: { annotations: { 'linkerd.io/inject': 'disabled' } } } },
    })
  })

  const plain = podOf()
  const meshed = podOf({ ...sidecar(), name: 'web-5f7d9c6b8-meshed' })
  const host = podOf({ spec: { hostNetwork: true }, name: 'web-5f7d9c6b8-host' })
  const own = podOf({
    name: 'web-5f7d9c6b8-gateway',
    spec: { containers: [{ name: 'istio-proxy', image: 'istio/proxyv2:1.31.0' }] },
  })
  test.each<[InjectionChange, Marks, readonly KubernetesObject[], readonly string[]]>([
    [{ kind: 'default' }, {}, [plain, host, own], ['gains 1', 'stays 1']],
    [{ kind: 'off' }, { 'istio-injection': 'enabled' }, [meshed], ['loses 1']],
    [{ kind: 'ambient' }, {}, [plain, host], ['joins 1', 'stays 1']],
    [{ kind: 'default' }, { 'istio-injection': 'enabled' }, [meshed], []],
  ])('%j in %j means for the pods', (change, labels, pods, effects) => {
    const namespace = namespaceOf(labels)
    const plan = planInjection(patchNamespace(namespace, change, 'istio'), namespace, pods, settingOf(istio))
    expect(plan.map(({ effect, pods: count }) => `${effect} ${count}`)).toEqual(effects)
  })
  test('a wish for one workload leaves the others alone', () => {
    const namespace = namespaceOf({ 'istio-injection': 'enabled' })
    const other: KubernetesObject = { ...workload, metadata: { name: 'other', namespace: 'shop' } }
    const planOf = (object: KubernetesObject) =>
      planInjection(patchWorkload(object, { kind: 'off' }, 'istio'), namespace, [meshed], settingOf(istio))
    expect(planOf(other)).toEqual([])
    expect(planOf(workload)).toEqual([
      { workload: { kind: 'Deployment', name: 'web' }, effect: 'loses', pods: 1 },
    ])
  })
})

test.each([
  ['istio', '1.31.0', '1.31.0', 'current', 'are 1.31.0'],
  ['istio', '1.31.0', '1.31.2', 'behind', 'only patches behind'],
  ['istio', '1.30.4', '1.31.0', 'behind', 'one minor version'],
  ['istio', '1.29.0', '1.31.0', 'unsupported', '2 minor versions behind'],
  ['istio', '1.32.0', '1.31.0', 'ahead', 'not supported'],
  ['istio', undefined, '1.31.0', 'unknown', 'not known'],
  ['istio', 'latest', '1.31.0', 'unknown', 'not known'],
  ['linkerd', 'edge-26.8.3', 'edge-26.8.3', 'current', 'edge-26.8.3'],
  ['linkerd', 'edge-26.6.3', 'edge-26.8.3', 'behind', 'notes of the releases'],
] as const)('skew of %s %s and %s is %s', (mesh, proxy, plane, state, words) => {
  const found = compareProxy(mesh, proxy, plane)
  expect(found.state).toBe(state)
  expect(found.message).toContain(words)
})

test('proxies tell their version and revision', () => {
  expect(readPodProxy(podOf(sidecar('1.30.1-distroless', '1-30')))).toEqual({
    mode: 'sidecar',
    version: '1.30.1',
    revision: '1-30',
    isInjected: true,
  })
  expect(readPodProxy(podOf(linkerdProxy()))).toMatchObject({ mode: 'linkerd', version: 'edge-26.8.3' })
  expect(readPodProxy(podOf())).toBeUndefined()
})

test('a merge patch takes away what is null', () => {
  expect(mergePatch({ a: { b: '1', c: '2' } }, { a: { b: null, d: '3' } })).toEqual({ a: { c: '2', d: '3' } })
})

test('pods are counted together by workload and reason', () => {
  const on = namespaceOf({ 'istio-injection': 'enabled' })
  const pods = [
    podOf({ name: 'web-5f7d9c6b8-a' }),
    podOf({ name: 'web-5f7d9c6b8-b' }),
    podOf({ name: 'web-5f7d9c6b8-c', ...sidecar('1.30.0') }),
  ]
  expect(workloadOf(podOf())).toEqual({ kind: 'Deployment', name: 'web' })
  const [found] = summarizeInjection({ namespaces: [on], workloads: [], pods }, settingOf(istio))
  expect(found?.counts).toEqual({ pods: 3, in: 1, out: 2, exempt: 0, behind: 1, late: 2, leaving: 0 })
  expect(found?.workloads[0]?.groups.map(({ reason, pods: count }) => `${reason} ${count}`)).toEqual([
    'created-before 2',
    'injected 1',
  ])
})

test.each([
  [['proxy', 'sidecar'], 'sidecar'],
  [['proxy', 'router'], 'gateway'],
  [['proxy', 'waypoint'], 'waypoint'],
  [['proxy', 'ztunnel'], 'ztunnel'],
])('a proxy run with %j is a %s, wherever proxies are counted', (args, mode) => {
  const pod = podOf({ spec: { containers: [{ name: 'istio-proxy', image: 'x:1.31.0', args }] } })
  expect(istioProxyOf(pod)).toBe(mode)
})
