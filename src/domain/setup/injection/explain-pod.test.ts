import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { decideInjection, explainPod, type InjectionScope } from './explain-pod.ts'
import {
  type Marks,
  INJECT,
  namespaceOf,
  podOf,
  sidecar,
  linkerdProxy,
  istio,
  revisioned,
  linkerd,
  settingOf,
} from './test-objects.ts'

const containing = (text: string): unknown => expect.stringContaining(text)

/** What istiod 1.31.0 did with pods that were really made, in namespaces of these labels: the names of those it injected. */
describe('as the real webhook and injector do', () => {
  const pods: Readonly<Record<string, KubernetesObject>> = {
    plain: podOf(),
    'label true': podOf({ labels: { [INJECT]: 'true' } }),
    'label false': podOf({ labels: { [INJECT]: 'false' } }),
    'label yes': podOf({ labels: { [INJECT]: 'yes' } }),
    'annotation false': podOf({ annotations: { [INJECT]: 'false' } }),
    'annotation true': podOf({ annotations: { [INJECT]: 'true' } }),
    'known revision': podOf({ labels: { 'istio.io/rev': 'default' } }),
    'unknown revision': podOf({ labels: { 'istio.io/rev': 'canary' } }),
    'host network': podOf({ spec: { hostNetwork: true } }),
    'host network, label true': podOf({ labels: { [INJECT]: 'true' }, spec: { hostNetwork: true } }),
  }
  const asked = ['plain', 'label true', 'label yes', 'annotation true', 'known revision', 'unknown revision']
  test.each<[Marks, readonly string[]]>([
    [{}, ['label true', 'known revision']],
    [{ 'istio-injection': 'enabled' }, asked],
    [{ 'istio-injection': 'disabled' }, []],
    [{ 'istio-injection': 'yes' }, []],
    [{ 'istio.io/rev': 'default' }, asked],
    [{ 'istio.io/rev': 'canary' }, []],
    [{ 'istio-injection': 'enabled', 'istio.io/rev': 'canary' }, asked],
    [{ 'istio-injection': 'disabled', 'istio.io/rev': 'default' }, []],
  ])('in a namespace with %j', (labels, injected) => {
    const scope = settingOf(istio)
    const found = Object.entries(pods)
      .filter(([, pod]) => decideInjection(pod, namespaceOf(labels), scope).isInjected)
      .map(([name]) => name)
    expect(found).toEqual(injected)
  })
})

describe('why a pod is in the mesh or not', () => {
  const on = namespaceOf({ 'istio-injection': 'enabled' })
  const failing = istio.map(each => ({
    ...each,
    fault: 'its service istio-system/istiod has no ready endpoint',
  }))
  const old = istio.map(each => ({ ...each, createdAt: '2026-03-01T00:00:00Z' }))
  const meshed = namespaceOf({}, { 'linkerd.io/inject': 'enabled' })
  const cases: [string, KubernetesObject, KubernetesObject, InjectionScope['webhooks'], object][] = [
    ['a sidecar', podOf(sidecar()), on, istio, { state: 'in', reason: 'injected' }],
    [
      "a gateway's own proxy",
      podOf({
        spec: {
          containers: [{ name: 'istio-proxy', image: 'istio/proxyv2:1.31.0', args: ['proxy', 'router'] }],
        },
      }),
      namespaceOf(),
      istio,
      { state: 'in', reason: 'own-proxy' },
    ],
    [
      'a proxy that nothing asks for any more',
      podOf(sidecar()),
      namespaceOf(),
      istio,
      {
        state: 'in',
        restart: 'loses',
        message: containing('which it loses when it is restarted'),
      },
    ],
    ['no label', podOf(), namespaceOf(), istio, { reason: 'not-asked', fix: 'turn-on-namespace' }],
    [
      'the pod opts out by label',
      podOf({ labels: { [INJECT]: 'false' } }),
      on,
      istio,
      { reason: 'pod-opted-out', fix: 'include-workload', message: containing('label') },
    ],
    [
      'the pod opts out by annotation',
      podOf({ annotations: { [INJECT]: 'false' } }),
      on,
      istio,
      { reason: 'pod-opted-out', fix: 'include-workload', message: containing('annotation') },
    ],
    [
      'the namespace opts out',
      podOf(),
      namespaceOf({ 'istio-injection': 'disabled', 'istio.io/rev': 'default' }),
      istio,
      { reason: 'namespace-opted-out', message: containing('wins over istio.io/rev=default') },
    ],
    [
      'a value that means nothing',
      podOf(),
      namespaceOf({ 'istio-injection': 'true' }),
      istio,
      { reason: 'invalid-value' },
    ],
    [
      'a label value that no webhook sees',
      podOf({ labels: { [INJECT]: 'yes' } }),
      namespaceOf(),
      istio,
      { reason: 'invalid-value' },
    ],
    [
      'an annotation where only labels count',
      podOf({ annotations: { [INJECT]: 'true' } }),
      namespaceOf(),
      istio,
      { reason: 'annotation-not-seen' },
    ],
    [
      'host network',
      podOf({ spec: { hostNetwork: true } }),
      on,
      istio,
      { state: 'out', reason: 'host-network' },
    ],
    [
      'a revision without a webhook',
      podOf(),
      namespaceOf({ 'istio.io/rev': '1-29' }),
      revisioned,
      { reason: 'revision-without-webhook', hint: containing('1-30, 1-31') },
    ],
    [
      "a pod's revision without a webhook",
      podOf({ labels: { 'istio.io/rev': '1-29' } }),
      namespaceOf(),
      revisioned,
      { reason: 'revision-without-webhook' },
    ],
    ['no default revision', podOf(), on, revisioned, { reason: 'no-webhook', hint: containing('1-30') }],
    ['no mesh at all', podOf(), namespaceOf(), [], { reason: 'no-mesh' }],
    ['a label and no mesh', podOf(), on, [], { reason: 'no-webhook', hint: containing('Install Istio') }],
    [
      'a webhook that fails',
      podOf(),
      on,
      failing,
      { reason: 'webhook-failing', message: containing('New pods are rejected') },
    ],
    [
      'created before the label',
      podOf(),
      on,
      istio,
      {
        reason: 'created-before',
        fix: 'restart',
        restart: 'gains',
        message: containing('was asked for'),
      },
    ],
    [
      'created before the webhook',
      podOf(),
      on,
      old,
      {
        reason: 'created-before',
        message: containing('before the webhook istio-sidecar-injector'),
      },
    ],
    [
      'a system namespace',
      podOf({ namespace: 'kube-system' }),
      namespaceOf({ 'istio-injection': 'enabled' }, {}, 'kube-system'),
      istio,
      { state: 'exempt', reason: 'system-namespace' },
    ],
    [
      'a pod that has ended',
      podOf({ status: { phase: 'Succeeded' } }),
      on,
      istio,
      { state: 'exempt', reason: 'finished' },
    ],
    [
      'istiod itself',
      podOf({ labels: { app: 'istiod' } }),
      on,
      istio,
      { state: 'exempt', reason: 'control-plane' },
    ],
    [
      'ambient and redirected',
      podOf({ annotations: { 'ambient.istio.io/redirection': 'enabled' } }),
      namespaceOf({ 'istio.io/dataplane-mode': 'ambient' }),
      istio,
      { state: 'in', reason: 'redirected' },
    ],
    [
      'ambient and not redirected',
      podOf(),
      namespaceOf({ 'istio.io/dataplane-mode': 'ambient' }),
      istio,
      { state: 'out', reason: 'not-redirected' },
    ],
    [
      'ambient with host network',
      podOf({ spec: { hostNetwork: true } }),
      namespaceOf({ 'istio.io/dataplane-mode': 'ambient' }),
      istio,
      { reason: 'host-network' },
    ],
    [
      'out of ambient by its label',
      podOf({ labels: { 'istio.io/dataplane-mode': 'none' } }),
      namespaceOf({ 'istio.io/dataplane-mode': 'ambient' }),
      istio,
      {
        reason: 'pod-opted-out',
        fix: 'include-workload',
        message: containing('istio.io/dataplane-mode: none'),
      },
    ],
    [
      'a pod without the label of a namespace out of ambient',
      podOf({ labels: { 'istio.io/dataplane-mode': 'none' } }),
      namespaceOf(),
      istio,
      { reason: 'not-asked' },
    ],
    ["Linkerd's proxy", podOf(linkerdProxy()), meshed, linkerd, { state: 'in', reason: 'injected' }],
    [
      "Linkerd's proxy and UDP ports",
      podOf({
        ...linkerdProxy(),
        spec: {
          containers: [
            ...linkerdProxy().spec.containers,
            { name: 'dns', ports: [{ containerPort: 53, protocol: 'UDP' }] },
          ],
        },
      }),
      meshed,
      linkerd,
      { state: 'in', message: containing('UDP ports are not carried') },
    ],
    ['Linkerd: no annotation', podOf(), namespaceOf(), linkerd, { reason: 'not-asked' }],
    ['Linkerd: created before', podOf(), meshed, linkerd, { reason: 'created-before', restart: 'gains' }],
    [
      'Linkerd: the pod opts out',
      podOf({ annotations: { 'linkerd.io/inject': 'disabled' } }),
      meshed,
      linkerd,
      { reason: 'pod-opted-out', fix: 'include-workload' },
    ],
    [
      'Linkerd: the namespace opts out',
      podOf(),
      namespaceOf({}, { 'linkerd.io/inject': 'disabled' }),
      linkerd,
      { reason: 'namespace-opted-out' },
    ],
    [
      'Linkerd: a value that means nothing',
      podOf(),
      namespaceOf({}, { 'linkerd.io/inject': 'true' }),
      linkerd,
      { reason: 'invalid-value' },
    ],
    ['Linkerd: not installed', podOf(), meshed, [], { reason: 'no-webhook' }],
    [
      'Linkerd: host network',
      podOf({ spec: { hostNetwork: true } }),
      meshed,
      linkerd,
      { reason: 'host-network' },
    ],
    [
      'Linkerd: no token',
      podOf({ spec: { automountServiceAccountToken: false } }),
      meshed,
      linkerd,
      { reason: 'no-service-account-token' },
    ],
    [
      'Linkerd: token not mounted by the service account',
      podOf({ spec: { containers: [{ name: 'app' }] } }),
      meshed,
      linkerd,
      { reason: 'no-service-account-token' },
    ],
    [
      'Linkerd: the proxy of another mesh',
      podOf({ spec: { containers: [{ name: 'envoy', image: 'envoyproxy/envoy:v1.30' }] } }),
      meshed,
      linkerd,
      { reason: 'other-sidecar' },
    ],
    [
      "Linkerd: the webhook's selector leaves the namespace out",
      podOf(),
      namespaceOf({ 'config.linkerd.io/admission-webhooks': 'disabled' }, { 'linkerd.io/inject': 'enabled' }),
      linkerd,
      { reason: 'webhook-not-called' },
    ],
    [
      'Linkerd: the injector fails',
      podOf(),
      meshed,
      linkerd.map(each => ({ ...each, fault: 'its caBundle is empty' })),
      { reason: 'webhook-failing', message: containing('come up without a proxy') },
    ],
    [
      'Linkerd: the control plane',
      podOf({ labels: { 'linkerd.io/control-plane-component': 'identity' } }),
      meshed,
      linkerd,
      { state: 'exempt', reason: 'control-plane' },
    ],
  ]
  test.each(cases)('%s', (_name, pod, namespace, webhooks, expected) => {
    expect(explainPod(pod, namespace, settingOf(webhooks))).toMatchObject(expected)
  })

  test('a pod that no workload makes again says so', () => {
    const pod = podOf()
    const alone = { ...pod, metadata: { ...pod.metadata, ownerReferences: [] } }
    const found = explainPod(alone, on, settingOf(istio))
    expect(found.fix).toBeUndefined()
    expect(found.hint).toContain('delete it')
  })

  test('a ztunnel that is missing on the node is named', () => {
    const found = explainPod(
      podOf({ spec: { nodeName: 'node-1' } }),
      namespaceOf({ 'istio.io/dataplane-mode': 'ambient' }),
      { ...settingOf(istio), ambientNodes: new Set(['node-2']) },
    )
    expect(found.message).toContain('no ready ztunnel is on its node')
  })

  test('a proxy of another revision is to be restarted', () => {
    const found = explainPod(
      podOf(sidecar('1.30.0', '1-30')),
      namespaceOf({ 'istio.io/rev': '1-31' }),
      settingOf(revisioned),
    )
    expect(found).toMatchObject({
      state: 'in',
      fix: 'restart',
      restart: 'updates',
      skew: { state: 'behind' },
    })
  })
})
