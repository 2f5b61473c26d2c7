import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import type { InjectionScope } from './explain-pod.ts'
import { assumeWebhooks } from './injection-webhook.ts'

export type Marks = Readonly<Record<string, string>>

export const INJECT = 'sidecar.istio.io/inject'

export const namespaceOf = (
  labels: Marks = {},
  annotations: Marks = {},
  name = 'shop',
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels }, annotations },
})

export const podOf = ({
  labels = {},
  annotations = {},
  spec = {},
  status = { phase: 'Running' },
  created = '2026-02-01T00:00:00Z',
  name = 'web-5f7d9c6b8-abcde',
  namespace = 'shop',
}: {
  labels?: Marks
  annotations?: Marks
  spec?: Readonly<Record<string, unknown>>
  status?: unknown
  created?: string
  name?: string
  namespace?: string
} = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace,
    uid: `${namespace}/${name}`,
    creationTimestamp: created,
    labels: { 'pod-template-hash': '5f7d9c6b8', ...labels },
    annotations,
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5f7d9c6b8', uid: 'r', controller: true },
    ],
  },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'nginx',
        volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
      },
    ],
    ...spec,
  },
  status,
})

export const sidecar = (version = '1.31.0', revision = 'default') => ({
  annotations: {
    'istio.io/rev': revision,
    'sidecar.istio.io/status': `{"containers":null,"revision":"${revision}"}`,
  },
  spec: {
    containers: [{ name: 'app', image: 'nginx' }],
    initContainers: [
      { name: 'istio-proxy', image: `docker.io/istio/proxyv2:${version}`, restartPolicy: 'Always' },
    ],
  },
})

export const linkerdProxy = (version = 'edge-26.8.3') => ({
  annotations: {
    'linkerd.io/created-by': `linkerd/proxy-injector ${version}`,
    'linkerd.io/proxy-version': version,
  },
  spec: {
    containers: [
      { name: 'linkerd-proxy', image: `cr.l5d.io/linkerd/proxy:${version}` },
      {
        name: 'app',
        image: 'nginx',
        volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
      },
    ],
  },
})

export const istio = assumeWebhooks(['default'], false)
export const revisioned = assumeWebhooks(['1-30', '1-31'], false)
export const linkerd = assumeWebhooks([], true)
const planes = [
  { mesh: 'istio', namespace: 'istio-system', version: '1.31.0', revision: 'default' },
  { mesh: 'istio', namespace: 'istio-system', version: '1.31.0', revision: '1-31' },
  { mesh: 'linkerd', namespace: 'linkerd', version: 'edge-26.8.3' },
] as const
export const settingOf = (webhooks: InjectionScope['webhooks']): InjectionScope => ({ webhooks, planes })
