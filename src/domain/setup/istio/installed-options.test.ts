import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { readInstalledOptions } from './installed-options.ts'

type Fields = Readonly<Record<string, unknown>>

/** What `istioctl install` 1.31.0 itself writes into `original-values` of every profile. */
const OWN: Fields = {
  defaultRevision: '',
  gateways: { 'istio-egressgateway': {}, 'istio-ingressgateway': {} },
  global: { configValidation: true, hub: 'docker.io/istio', istioNamespace: 'istio-system', tag: '1.31.0' },
  pilot: { cni: { enabled: false }, enabled: true },
  ztunnel: { resourceName: 'ztunnel' },
}
const valuesOf = (original: Fields): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'values', namespace: 'istio-system' },
  data: { 'original-values': JSON.stringify({ ...OWN, ...original }), 'merged-values': '{}' },
})
const workload = (
  kind: string,
  name: string,
  component: string,
  namespace = 'istio-system',
): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: {
    name,
    namespace,
    labels: {
      'operator.istio.io/component': component,
      ...(name === 'ztunnel' ? { 'app.kubernetes.io/name': 'ztunnel' } : {}),
    },
  },
  spec: {},
})
const istiod = workload('Deployment', 'istiod', 'Pilot')
const ingress = workload('Deployment', 'istio-ingressgateway', 'IngressGateways')
const egress = workload('Deployment', 'istio-egressgateway', 'EgressGateways')
const cni = workload('DaemonSet', 'istio-cni-node', 'Cni')
const ztunnel = workload('DaemonSet', 'ztunnel', 'Ztunnel')
const beside = (kind: string, name: string, spec: Fields): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'istio-system' },
  spec,
})

const read = (objects: readonly KubernetesObject[], original: Fields | undefined, revision = 'default') =>
  readInstalledOptions({
    values: original === undefined ? undefined : valuesOf(original),
    objects,
    revision,
    version: '1.31.0',
  })
const specOf = (...request: Parameters<typeof read>): unknown =>
  (parse(read(...request).text) as { spec: unknown }).spec

describe('the options of an installation, from what it left in the cluster', () => {
  test.each<[string, readonly KubernetesObject[], Fields | undefined, Fields]>([
    ['default', [istiod, ingress], {}, { profile: 'default' }],
    ['minimal, which leaves the same values', [istiod], {}, { profile: 'minimal' }],
    ['demo', [istiod, ingress, egress], { profile: 'demo' }, { profile: 'demo' }],
    ['ambient', [istiod, cni, ztunnel], { profile: 'ambient' }, { profile: 'ambient' }],
    [
      'openshift',
      [istiod, ingress, workload('DaemonSet', 'istio-cni-node', 'Cni', 'kube-system')],
      { global: { ...(OWN['global'] as Fields), platform: 'openshift' } },
      { profile: 'openshift', values: { global: { platform: 'openshift' } } },
    ],
    [
      'values, mesh settings, a registry and a tag of the user',
      [istiod, cni, ztunnel],
      {
        profile: 'ambient',
        meshConfig: { accessLogFile: '/dev/stdout' },
        global: { ...(OWN['global'] as Fields), hub: 'example.org/x', tag: '1.31-dev', logAsJson: true },
        pilot: { ...(OWN['pilot'] as Fields), autoscaleMin: 2, resources: { requests: { cpu: '17m' } } },
        own: { a: 1 },
      },
      {
        profile: 'ambient',
        hub: 'example.org/x',
        tag: '1.31-dev',
        meshConfig: { accessLogFile: '/dev/stdout' },
        components: { pilot: { k8s: { resources: { requests: { cpu: '17m' } } } } },
        values: { global: { logAsJson: true }, pilot: { autoscaleMin: 2 } },
        unvalidatedValues: { own: { a: 1 } },
      },
    ],
    [
      'parts that the profile does not have, and the other way round',
      [istiod, cni, workload('Deployment', 'other', 'IngressGateways', 'shop')],
      { profile: 'demo' },
      {
        profile: 'demo',
        components: {
          cni: { enabled: true },
          ingressGateways: [
            { name: 'istio-ingressgateway', enabled: false },
            { name: 'other', namespace: 'shop', enabled: true },
          ],
          egressGateways: [{ name: 'istio-egressgateway', enabled: false }],
        },
      },
    ],
    [
      "a gateway's Service and scale",
      [
        istiod,
        ingress,
        beside('Service', 'istio-ingressgateway', { type: 'NodePort' }),
        beside('HorizontalPodAutoscaler', 'istio-ingressgateway', { minReplicas: 2, maxReplicas: 5 }),
      ],
      {},
      {
        profile: 'default',
        components: {
          ingressGateways: [
            {
              name: 'istio-ingressgateway',
              enabled: true,
              k8s: { service: { type: 'NodePort' }, hpaSpec: { minReplicas: 2, maxReplicas: 5 } },
            },
          ],
        },
      },
    ],
    [
      'no values, as before Istio 1.24: ambient by its parts',
      [istiod, cni, ztunnel],
      undefined,
      { profile: 'ambient' },
    ],
    ['no values: demo by its parts', [istiod, ingress, egress], undefined, { profile: 'demo' }],
  ])('%s', (_name, objects, original, expected) => {
    expect(specOf(objects, original)).toEqual(expected)
  })

  test('a revision is written, and whether values were kept is said', () => {
    expect(specOf([istiod], {}, 'canary')).toMatchObject({ revision: 'canary' })
    expect(read([istiod], {})).toMatchObject({ hasValues: true, hasAmbient: false })
    expect(read([istiod, ztunnel], undefined)).toMatchObject({ hasValues: false, hasAmbient: true })
  })

  test.each(['{', '[]', 'null', '7'])('values that are %s are as good as none', text => {
    const values = { ...valuesOf({}), data: { 'original-values': text } }
    expect(
      readInstalledOptions({ values, objects: [istiod], revision: 'default', version: undefined }),
    ).toMatchObject({
      hasValues: false,
      profile: 'minimal',
    })
  })

  test('resources are compared as quantities: the server writes 2 for 2000m', () => {
    const sized = (limits: Fields): KubernetesObject => ({
      ...ingress,
      spec: {
        template: {
          spec: { containers: [{ resources: { requests: { cpu: '100m', memory: '128Mi' }, limits } }] },
        },
      },
    })
    expect(specOf([istiod, sized({ cpu: '2', memory: '1Gi' })], {})).toEqual({ profile: 'default' })
    expect(specOf([istiod, sized({ cpu: '3', memory: '1Gi' })], {})).toMatchObject({
      components: { ingressGateways: [{ k8s: { resources: { limits: { cpu: '3' } } } }] },
    })
  })
})
