import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'

/** The kinds that istioctl looks through when it removes. Source: istio, operator/pkg/uninstall/prune.go */
const KINDS = [
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['v1', 'Service', 'services'],
  ['v1', 'ConfigMap', 'configmaps'],
  ['policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'],
  ['rbac.authorization.k8s.io/v1', 'Role', 'roles'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles'],
  ['v1', 'ServiceAccount', 'serviceaccounts'],
] as const

const CRDS = ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions'] as const
const COMPONENT = 'operator.istio.io/component'

/** What an installation by istioctl has in a cluster: of one revision, or of all. */
export const listOwned = async (
  client: KubernetesClient,
  revision: string | undefined,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> => {
  const labelSelector = revision === undefined ? COMPONENT : `${COMPONENT},istio.io/rev=${revision}`
  return (await Promise.all(KINDS.map(kind => list(client, kind, labelSelector, signal)))).flat()
}

/** Istio's CRDs; those of the Gateway API are not its own. */
export const listCrds = async (
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> =>
  (await list(client, CRDS, undefined, signal)).filter(({ metadata: { name } }) => name.endsWith('.istio.io'))

async function list(
  client: KubernetesClient,
  [apiVersion, kind, plural]: readonly [string, string, string],
  labelSelector: string | undefined,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const path = apiVersion === 'v1' ? `/api/v1/${plural}` : `/apis/${apiVersion}/${plural}`
  const items = await listItems(client, path, labelSelector === undefined ? {} : { labelSelector }, signal)
  return items.map(item => ({ ...item, apiVersion, kind }))
}
