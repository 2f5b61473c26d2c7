import type { Fields } from '../../../domain/istio/fields/read-fields.ts'
import { fieldsOf, listOf, textMapOf, textOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { decideIstio } from '../../../domain/setup/injection/decide-injection.ts'
import { readInjectionWebhooks } from '../../../domain/setup/injection/injection-webhook.ts'
import type { ObjectStore } from '../../store.ts'
import { collections } from '../collections.ts'
import type { ControllerContext } from './controller-context.ts'
import { ownerReference } from './controller-context.ts'

export const proxyImage = 'docker.io/istio/proxyv2:1.31.0'

/** A pod of a controller's template, with the sidecar where the namespace asks for it. */
export function buildPod(
  { store }: ControllerContext,
  owner: KubernetesObject,
  name: string,
  extraLabels: Readonly<Record<string, string>> = {},
): KubernetesObject {
  const template = fieldsOf(fieldsOf(owner.spec)['template'])
  const metadata = fieldsOf(template['metadata'])
  const namespace = owner.metadata.namespace ?? 'default'
  const annotations = textMapOf(metadata['annotations'])
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(name.startsWith(owner.metadata.name) ? { generateName: `${owner.metadata.name}-` } : {}),
      labels: { ...textMapOf(metadata['labels']), ...extraLabels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: withDefaults(fieldsOf(template['spec'])),
    status: { phase: 'Pending', qosClass: 'Burstable' },
  }
  return injectSidecar(store, pod)
}

const withDefaults = (spec: Fields): Fields => ({
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  enableServiceLinks: true,
  serviceAccountName: 'default',
  securityContext: {},
  ...spec,
})

/**
 * Adds Istio's sidecar as a native one (an init container that restarts), as Istio does on Kubernetes 1.33 and later.
 * Source: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
 */
export function injectSidecar(store: ObjectStore, pod: KubernetesObject): KubernetesObject {
  const spec = fieldsOf(pod.spec)
  const containers = listOf(spec['containers']).map(fieldsOf)
  const initContainers = listOf(spec['initContainers']).map(fieldsOf)
  const names = [...containers, ...initContainers].map(container => container['name'])
  const revision = names.includes('istio-proxy') ? undefined : injectingRevision(store, pod)
  if (revision === undefined) return pod
  const labels = pod.metadata.labels ?? {}
  const service = labels['app.kubernetes.io/name'] ?? labels['app'] ?? pod.metadata.name
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: {
        ...labels,
        'security.istio.io/tlsMode': 'istio',
        'service.istio.io/canonical-name': service,
        'service.istio.io/canonical-revision':
          labels['app.kubernetes.io/version'] ?? labels['version'] ?? 'latest',
      },
      annotations: {
        ...pod.metadata.annotations,
        'istio.io/rev': revision,
        'kubectl.kubernetes.io/default-container': textOf(containers[0]?.['name']) ?? '',
        'prometheus.io/path': '/stats/prometheus',
        'prometheus.io/port': '15020',
        'prometheus.io/scrape': 'true',
        'sidecar.istio.io/status':
          '{"initContainers":["istio-init","istio-proxy"],"containers":null,"volumes":["istio-envoy"],"revision":"REVISION"}'.replace(
            'REVISION',
            revision,
          ),
      },
    },
    spec: { ...spec, initContainers: [initContainer, proxyContainer, ...initContainers] },
  }
}

/** The revision whose webhook puts a sidecar into the pod, by the labels of its namespace and its own. */
function injectingRevision(store: ObjectStore, pod: KubernetesObject): string | undefined {
  const namespace = store.get(collections.namespaces, undefined, pod.metadata.namespace ?? 'default')
  if (namespace === undefined) return undefined
  const webhooks = readInjectionWebhooks(store.list(collections.mutatingWebhooks), undefined)
  const decision = decideIstio(pod, namespace, webhooks)
  return decision.isInjected ? (decision.webhook.revision ?? 'default') : undefined
}

const initContainer: Fields = {
  name: 'istio-init',
  image: proxyImage,
  args: [
    'istio-iptables',
    '-p',
    '15001',
    '-z',
    '15006',
    '-u',
    '1337',
    '-m',
    'REDIRECT',
    '-i',
    '*',
    '-b',
    '*',
  ],
  resources: {},
}

const proxyContainer: Fields = {
  name: 'istio-proxy',
  image: proxyImage,
  restartPolicy: 'Always',
  args: ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local', '--proxyLogLevel=warning'],
  ports: [{ name: 'http-envoy-prom', containerPort: 15090, protocol: 'TCP' }],
  readinessProbe: {
    httpGet: { path: '/healthz/ready', port: 15021, scheme: 'HTTP' },
    periodSeconds: 15,
    failureThreshold: 4,
  },
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2', memory: '1Gi' } },
}
