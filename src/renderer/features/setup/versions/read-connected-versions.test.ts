import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../../../domain/kubernetes/kubernetes-object.ts'
import { readConnectedVersions } from './read-connected-versions.ts'

const deployment = (metadata: Partial<KubernetesObject['metadata']>, image: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x', namespace: 'system', ...metadata },
  spec: { template: { spec: { containers: [{ image }] } } },
})
const istiod = (image: string, labels: Record<string, string> = {}): KubernetesObject =>
  deployment({ labels: { app: 'istiod', ...labels } }, image)
const linkerd = (annotations: Record<string, string>, image = ''): KubernetesObject =>
  deployment({ labels: { 'linkerd.io/control-plane-component': 'destination' }, annotations }, image)

describe('the versions of a cluster', () => {
  test.each([
    ['an image', istiod('docker.io/istio/pilot:1.31.0'), 'istio', '1.31.0'],
    ['an image without a shell', istiod('docker.io/istio/pilot:1.30.4-distroless'), 'istio', '1.30.4'],
    ['an image with a digest', istiod(`reg:5000/pilot:1.29.7@sha256:${'a'.repeat(64)}`), 'istio', '1.29.7'],
    ['a digest alone', istiod(`reg:5000/pilot@sha256:${'a'.repeat(64)}`), 'istio', undefined],
    ['a tag that says nothing', istiod('pilot:latest'), 'istio', undefined],
    ['a label', istiod('pilot:latest', { 'app.kubernetes.io/version': '1.31.0' }), 'istio', '1.31.0'],
    [
      'who made it',
      linkerd({ 'linkerd.io/created-by': 'linkerd/cli edge-26.9.1' }),
      'linkerd',
      'edge-26.9.1',
    ],
    [
      'a Helm chart of Linkerd',
      linkerd({}, 'cr.l5d.io/linkerd/controller:edge-26.8.3'),
      'linkerd',
      'edge-26.8.3',
    ],
  ])('by %s', (_, object, mesh, version) => {
    expect(readConnectedVersions(undefined, [object], undefined).meshes).toEqual([
      { mesh, namespace: 'system', ...(version === undefined ? {} : { version }) },
    ])
  })

  test('Kubernetes and the Gateway API, without their v; other Deployments are no mesh', () => {
    const crd: KubernetesObject = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: 'httproutes.gateway.networking.k8s.io',
        annotations: { 'gateway.networking.k8s.io/bundle-version': 'v1.5.1' },
      },
    }
    expect(readConnectedVersions('v1.35.8', [deployment({}, 'shop:1.0.0')], crd)).toEqual({
      kubernetes: '1.35.8',
      gatewayApi: '1.5.1',
      meshes: [],
    })
    expect(readConnectedVersions(undefined, [], undefined)).toEqual({ meshes: [] })
  })
})
