import { expect, it } from 'vitest'
import { describePowers } from './describe-manifest.ts'
import { findAddOns } from './find-add-ons.ts'

const workload = (namespace: string, image: string, labels: Record<string, string> = {}, ready = 1) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'w', namespace, labels },
  spec: { replicas: 1, template: { spec: { containers: [{ image: 'x/reloader' }, { image }] } } },
  status: { readyReplicas: ready },
})

it.each([
  ['mesh-addons', 'docker.io/prom/prometheus:v3.13.0@sha256:ab', {}, 'prometheus', 'Mesh Workbench'],
  ['istio-system', 'prom/prometheus:v3.5.0', {}, 'prometheus', "Istio's samples"],
  ['linkerd-viz', 'prom/prometheus:v2.55.1', { 'linkerd.io/extension': 'viz' }, 'prometheus', 'Linkerd viz'],
  [
    'monitoring',
    'quay.io/prometheus/prometheus:v3.5.0',
    { 'operator.prometheus.io/name': 'k8s' },
    'prometheus',
    'the Prometheus operator',
  ],
  ['cattle', 'rancher/mirrored-prometheus-prometheus:v2', {}, 'prometheus', 'another installer'],
  ['istio-system', 'jaegertracing/all-in-one:1.76.0', {}, 'jaeger', "Istio's samples"],
  [
    'tracing',
    'quay.io/jaegertracing/jaeger:2.1',
    { 'app.kubernetes.io/managed-by': 'Helm' },
    'jaeger',
    'Helm',
  ],
  ['istio-system', 'docker.io/grafana/grafana:12.0.1', {}, 'grafana', "Istio's samples"],
  ['x', 'grafana/grafana-oss', {}, 'grafana', 'another installer'],
])('finds in %s the image %s', (namespace, image, labels, name, by) => {
  expect(findAddOns([workload(namespace, image, labels)])).toMatchObject([
    { name, by, image, namespace, isReady: true, isOurs: namespace === 'mesh-addons' },
  ])
})

it.each([
  'prom/prometheus-operator:v1',
  'grafana/grafana-image-renderer:1',
  'grafana/loki:3',
  'prom/pushgateway',
  '',
])('does not take %s for an add-on', image => {
  expect(findAddOns([workload('x', image)])).toEqual([])
})

it('says what is not ready', () => {
  expect(findAddOns([workload('x', 'grafana/grafana:12', {}, 0)])).toMatchObject([{ isReady: false }])
})

const object = (kind: string, fields: object, namespace?: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', ...(namespace === undefined ? {} : { namespace }) },
  ...fields,
})

it.each([
  ['a Deployment', object('Deployment', { spec: { template: { spec: { containers: [] } } } }), []],
  [
    'a CRD',
    object('CustomResourceDefinition', {}),
    ['CustomResourceDefinition x adds or changes a kind of the whole cluster'],
  ],
  [
    'a webhook',
    object('MutatingWebhookConfiguration', {}),
    ['MutatingWebhookConfiguration x can change objects as they are created'],
  ],
  [
    'a refusing webhook',
    object('ValidatingWebhookConfiguration', {}),
    ['ValidatingWebhookConfiguration x can reject objects of the whole cluster'],
  ],
  [
    'an APIService',
    object('APIService', {}),
    ["APIService x puts a server of its own behind the cluster's API"],
  ],
  [
    'an all-powerful role',
    object('ClusterRole', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
    ['ClusterRole x allows everything in the whole cluster'],
  ],
  [
    'a role',
    object('ClusterRole', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }] }),
    ['ClusterRole x holds rights in every namespace'],
  ],
  [
    'a binding',
    object('ClusterRoleBinding', {
      roleRef: { name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'a', name: 'b' }],
    }),
    ['ClusterRoleBinding x gives a/b the role cluster-admin in every namespace: it may do everything'],
  ],
  [
    'a binding in kube-system',
    object('RoleBinding', { roleRef: { name: 'r' }, subjects: [{ name: 'b' }] }, 'kube-system'),
    ['RoleBinding x gives b the role r in kube-system'],
  ],
  [
    'host access',
    object('DaemonSet', {
      spec: {
        template: {
          spec: {
            hostNetwork: true,
            hostPID: true,
            volumes: [{ hostPath: { path: '/' } }],
            initContainers: [{ securityContext: { privileged: true } }],
          },
        },
      },
    }),
    [
      'DaemonSet x uses the network of its node, sees the processes of its node, reads files of its node, is privileged',
    ],
  ],
  [
    'a CronJob with host access',
    object('CronJob', { spec: { jobTemplate: { spec: { template: { spec: { hostNetwork: true } } } } } }),
    ['CronJob x uses the network of its node'],
  ],
  ['nonsense', object('Deployment', { spec: 3 }), []],
])('names the powers of %s', (_name, each, powers) => {
  expect(describePowers([each])).toEqual(powers)
})
