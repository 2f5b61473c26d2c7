import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'

interface Listed {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
}

/**
 * The kinds that `linkerd uninstall` looks through, in the order in which they are deleted: first what could reject
 * or hold up the rest. Source: linkerd2, pkg/k8s/resource/resource.go, FetchKubernetesResources
 */
const KINDS: readonly Listed[] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
  },
  { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', plural: 'apiservices' },
  { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', plural: 'rolebindings' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', plural: 'roles' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', plural: 'clusterroles' },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
  },
]

/** Labels of what belongs to a control plane, or to an extension. Source: linkerd2, pkg/k8s/labels.go */
export const ownedBy = (part: { readonly controlPlane: string } | { readonly extension: string }): string =>
  'controlPlane' in part
    ? `linkerd.io/control-plane-ns=${part.controlPlane}`
    : `linkerd.io/extension=${part.extension}`

/** All that carries a label and does not go with a namespace that carries it too. */
export async function listOwned(
  client: KubernetesClient,
  labelSelector: string,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const lists = await Promise.all(
    KINDS.map(async ({ apiVersion, kind, plural }) => {
      const path = apiVersion === 'v1' ? `/api/v1/${plural}` : `/apis/${apiVersion}/${plural}`
      const items = await listItems(client, path, { labelSelector }, signal)
      return items.map(item => ({ ...item, apiVersion, kind }))
    }),
  )
  const objects = lists.flat()
  const going = new Set(
    objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name),
  )
  return objects.filter(({ metadata }) => metadata.namespace === undefined || !going.has(metadata.namespace))
}

/** Linkerd's own policies and profiles come and go with it. */
export const isOwn = ({ metadata: { labels = {} } }: KubernetesObject): boolean =>
  'linkerd.io/extension' in labels || 'linkerd.io/control-plane-ns' in labels
