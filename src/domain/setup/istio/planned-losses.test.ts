import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { findLeftoverLabels } from './leftover-labels.ts'
import { findPlannedLosses } from './planned-losses.ts'

const object = (
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
  spec: unknown = {},
  namespace = 'istio-system',
): KubernetesObject => ({ apiVersion: 'v1', kind, metadata: { name, namespace, labels }, spec })
const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})
const pod = (
  name: string,
  args: readonly string[] | undefined,
  labels: Readonly<Record<string, string>> = {},
  init: readonly string[] = [],
): KubernetesObject =>
  object(
    'Pod',
    name,
    labels,
    {
      containers: [
        { name: 'app' },
        ...(args === undefined ? [] : [{ name: 'istio-proxy', image: 'p:1.31.0', args }]),
      ],
      initContainers: init.map(each => ({ name: each })),
    },
    'shop',
  )
const ztunnel = object('DaemonSet', 'ztunnel', { 'app.kubernetes.io/name': 'ztunnel' })
const cni = object('DaemonSet', 'istio-cni-node', { 'operator.istio.io/component': 'Cni' })
const istiod = object('Deployment', 'istiod', {
  'operator.istio.io/component': 'Pilot',
  'istio.io/rev': 'default',
})
const ingress = object(
  'Deployment',
  'istio-ingressgateway',
  { 'operator.istio.io/component': 'IngressGateways' },
  { template: { metadata: { labels: { istio: 'ingressgateway', app: 'x' } } } },
)
const ambient = namespace('shop', { 'istio.io/dataplane-mode': 'ambient' })
const none = { pods: [], namespaces: [], gateways: [] }

describe('a deletion of what is in use', () => {
  test.each([
    ['ztunnel that nobody uses', ztunnel, none, []],
    [
      'ztunnel with pods in ambient mode; one opts out, one is a ztunnel',
      ztunnel,
      {
        ...none,
        namespaces: [ambient],
        pods: [
          pod('a', undefined),
          pod('b', undefined, { 'istio.io/dataplane-mode': 'none' }),
          pod('z', ['proxy', 'ztunnel']),
        ],
      },
      [['ztunnel-carries-pods', ['shop/a']]],
    ],
    [
      'the agent of nodes, with a sidecar that it set up and one that set up itself',
      cni,
      {
        ...none,
        namespaces: [namespace('shop')],
        pods: [
          pod('a', ['proxy', 'sidecar'], {}, ['istio-validation']),
          pod('b', ['proxy', 'sidecar'], {}, ['istio-init']),
        ],
      },
      [['cni-agent-sets-up-pods', ['shop/a']]],
    ],
    [
      'a gateway with a Gateway that selects it, and one that selects another',
      ingress,
      {
        ...none,
        gateways: [
          object('Gateway', 'mine', {}, { selector: { istio: 'ingressgateway' } }, 'shop'),
          object('Gateway', 'other', {}, { selector: { istio: 'private' } }, 'shop'),
        ],
      },
      [['gateway-serves-routes', ['shop/mine']]],
    ],
    [
      'the control plane with sidecars of its revision, of another, and its own gateway',
      istiod,
      {
        ...none,
        pods: [
          pod('a', ['proxy', 'sidecar']),
          pod('b', ['proxy', 'sidecar'], { 'istio.io/rev': 'canary' }),
          pod('c', ['proxy', 'router'], { 'operator.istio.io/component': 'IngressGateways' }),
          pod('d', undefined),
        ],
      },
      [['control-plane-has-proxies', ['shop/a']]],
    ],
    ['a ConfigMap', object('ConfigMap', 'x', { 'operator.istio.io/component': 'Pilot' }), none, []],
  ] as const)('%s', (_name, deleted, users, expected) => {
    expect(findPlannedLosses([deleted], users).map(({ code, users: who }) => [code, who])).toEqual(expected)
  })
})

describe('labels that stay after a removal', () => {
  const namespaces = [
    namespace('a', { 'istio-injection': 'enabled' }),
    namespace('b', { 'istio-injection': 'disabled' }),
    namespace('c', { 'istio.io/rev': 'prod' }),
    namespace('d', { 'istio.io/rev': 'next' }),
    namespace('e', { 'istio.io/dataplane-mode': 'ambient', 'istio.io/use-waypoint': 'w' }),
    namespace('f', { 'istio.io/dataplane-mode': 'none' }),
  ]
  test.each([
    [
      'of all of Istio',
      { names: undefined, hasAmbient: true },
      [
        'istio-injection=enabled a',
        'istio.io/rev=prod c',
        'istio.io/rev=next d',
        'istio.io/dataplane-mode=ambient e',
        'istio.io/use-waypoint=w e',
      ],
    ],
    [
      'of a revision with the tag prod',
      { names: ['canary', 'prod'], hasAmbient: false },
      ['istio.io/rev=prod c'],
    ],
    ['of the default', { names: ['default'], hasAmbient: false }, ['istio-injection=enabled a']],
  ])('%s', (_name, removed, expected) => {
    const found = findLeftoverLabels(namespaces, removed)
    expect(found.map(each => `${each.label} ${each.namespaces.join(',')}`)).toEqual(expected)
  })
})
