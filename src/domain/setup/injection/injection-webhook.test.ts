import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import type { InjectionScope } from './explain-pod.ts'
import { readInjectionWebhooks } from './injection-webhook.ts'
import { readNamespaceInjection } from './namespace-injection.ts'
import { type Marks, namespaceOf, istio, revisioned, linkerd } from './test-objects.ts'

const containing = (text: string): unknown => expect.stringContaining(text)

describe('webhooks', () => {
  const configuration = (client: unknown): KubernetesObject => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'istio-revision-tag-prod', labels: { 'istio.io/rev': '1-31', 'istio.io/tag': 'prod' } },
    webhooks: [
      {
        name: 'rev.namespace.sidecar-injector.istio.io',
        clientConfig: client,
        rules: [{ operations: ['CREATE'], resources: ['pods'] }],
      },
      {
        name: 'other.example.com',
        clientConfig: client,
        rules: [{ operations: ['CREATE'], resources: ['pods'] }],
      },
      {
        name: 'namespace.sidecar-injector.istio.io',
        clientConfig: client,
        rules: [{ operations: ['UPDATE'], resources: ['pods'] }],
      },
    ],
  })
  const service = { name: 'istiod', namespace: 'istio-system' }
  const slice = (ready: boolean): KubernetesObject => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's', namespace: 'istio-system', labels: { 'kubernetes.io/service-name': 'istiod' } },
    endpoints: [{ conditions: { ready } }],
  })
  test.each<[string, unknown, readonly KubernetesObject[] | undefined, string | undefined]>([
    ['works', { service, caBundle: 'X' }, [slice(true)], undefined],
    [
      'has no ready endpoint',
      { service, caBundle: 'X' },
      [slice(false)],
      'its service istio-system/istiod has no ready endpoint',
    ],
    [
      'has no endpoint',
      { service, caBundle: 'X' },
      [],
      'its service istio-system/istiod has no ready endpoint',
    ],
    ['has no bundle', { service }, [slice(true)], 'its caBundle is empty'],
    ['has endpoints that cannot be read', { service, caBundle: 'X' }, undefined, undefined],
    ['is a URL', { url: 'https://istiod.example.com/inject' }, [], undefined],
  ])('one that %s', (_name, client, slices, fault) => {
    const found = readInjectionWebhooks([configuration(client)], slices)
    expect(found.map(({ name, tag, revision }) => ({ name, tag, revision }))).toEqual([
      { name: 'rev.namespace.sidecar-injector.istio.io', tag: 'prod', revision: '1-31' },
    ])
    expect(found[0]?.fault).toBe(fault)
  })
})

describe('what a namespace asks for', () => {
  test.each<[Marks, Marks, InjectionScope['webhooks'], object]>([
    [{}, {}, istio, { mode: 'none', marks: [] }],
    [{ 'istio-injection': 'enabled' }, {}, istio, { mode: 'sidecar', revision: 'default' }],
    [{ 'istio-injection': 'disabled' }, {}, istio, { mode: 'off' }],
    [{ 'istio.io/rev': '1-31' }, {}, revisioned, { mode: 'sidecar', revision: '1-31' }],
    [{ 'istio.io/rev': 'gone' }, {}, revisioned, { mode: 'sidecar', problem: containing('revision gone') }],
    [
      { 'istio-injection': 'enabled', 'istio.io/rev': '1-31' },
      {},
      istio,
      { mode: 'sidecar', problem: containing('istio-injection wins') },
    ],
    [{ 'istio.io/dataplane-mode': 'ambient' }, {}, istio, { mode: 'ambient' }],
    [{}, { 'linkerd.io/inject': 'enabled' }, linkerd, { mode: 'linkerd' }],
    [{}, { 'linkerd.io/inject': 'disabled' }, linkerd, { mode: 'off' }],
    [
      { 'istio-injection': 'enabled' },
      { 'linkerd.io/inject': 'enabled' },
      [...istio, ...linkerd],
      { problem: containing('Both meshes') },
    ],
  ])('%j %j', (labels, annotations, webhooks, expected) => {
    expect(readNamespaceInjection(namespaceOf(labels, annotations), { webhooks })).toMatchObject(expected)
  })
})
