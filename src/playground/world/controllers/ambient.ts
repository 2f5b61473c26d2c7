import { dataPlaneByLabels } from '../../../domain/routing/ambient/data-plane.ts'
import { REDIRECTION } from '../../../domain/routing/ambient/ambient-world.ts'
import { readPodProxy } from '../../../domain/setup/injection/pod-proxy.ts'
import { fieldsOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { collections } from '../collections.ts'
import { withMetadata } from '../context.ts'
import type { ControllerContext } from './controller-context.ts'

/**
 * What istio-cni does on the node: ztunnel takes the connections of a running pod that is in ambient mode, without a
 * restart, and lets them go when the labels do.
 * Source: https://istio.io/latest/docs/ambient/architecture/traffic-redirection/
 */
export function reconcileRedirection(
  context: ControllerContext,
  namespace: string | undefined,
  name: string,
): void {
  const { store } = context
  const pod = store.get(collections.pods, namespace, name)
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return
  const { annotations = {} } = pod.metadata
  const isRedirected = annotations[REDIRECTION] === 'enabled'
  const isWanted = wantsAmbient(context, pod)
  if (isWanted) ensureZtunnel(context)
  if (isRedirected === isWanted) return
  const others = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== REDIRECTION))
  store.update(
    collections.pods,
    withMetadata(pod, { annotations: isWanted ? { ...others, [REDIRECTION]: 'enabled' } : others }),
  )
}

function wantsAmbient({ store }: ControllerContext, pod: KubernetesObject): boolean {
  const { namespace = 'default', labels = {} } = pod.metadata
  const mode = readPodProxy(pod)?.mode
  if (fieldsOf(pod.status)['phase'] !== 'Running' || fieldsOf(pod.spec)['hostNetwork'] === true) return false
  if (mode !== undefined && mode !== 'ambient') return false
  const own = store.get(collections.namespaces, undefined, namespace)?.metadata.labels ?? {}
  const world = { isUsed: true, namespaces: new Map([[namespace, own]]), waypoints: new Map() }
  return dataPlaneByLabels(world, namespace, labels) === 'ambient'
}

const HOME = 'istio-system'

/** Ambient mode needs no installation here: the node gets ztunnel and istio-cni when the first pod asks for them. */
function ensureZtunnel({ store }: ControllerContext): void {
  const isThere = store
    .list(collections.daemonSets)
    .some(({ metadata }) => metadata.labels?.['app'] === 'ztunnel' || metadata.name === 'ztunnel')
  if (isThere || store.get(collections.namespaces, undefined, HOME) === undefined) return
  for (const { name, component, container } of agents) {
    const labels = {
      app: name,
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/part-of': 'istio',
      'app.kubernetes.io/managed-by': 'playground',
      'k8s-app': name,
      'operator.istio.io/component': component,
    }
    if (store.get(collections.serviceAccounts, HOME, name) === undefined)
      store.create(collections.serviceAccounts, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace: HOME, labels },
      })
    if (store.get(collections.daemonSets, HOME, name) !== undefined) continue
    store.create(collections.daemonSets, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace: HOME, labels },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: {
            labels: { ...labels, 'sidecar.istio.io/inject': 'false', 'istio.io/dataplane-mode': 'none' },
          },
          spec: { serviceAccountName: name, containers: [container] },
        },
      },
    })
  }
}

const agents = [
  {
    name: 'ztunnel',
    component: 'Ztunnel',
    container: {
      name: 'istio-proxy',
      image: 'docker.io/istio/ztunnel:1.31.0',
      args: ['proxy', 'ztunnel'],
      ports: [{ name: 'ztunnel-stats', containerPort: 15_020, protocol: 'TCP' }],
    },
  },
  {
    name: 'istio-cni-node',
    component: 'Cni',
    container: {
      name: 'install-cni',
      image: 'docker.io/istio/install-cni:1.31.0',
      args: ['--log_output_level=info'],
    },
  },
] as const
