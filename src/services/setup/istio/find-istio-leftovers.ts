import { findLeftoverLabels, type RemovedRevisions } from '../../../domain/setup/istio/leftover-labels.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { IstioUninstall } from '../../../shared/contract/setup/istio.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readLive } from '../../changes/read-live.ts'
import { listItems } from '../../clusters/list-items.ts'
import { countInstances } from '../steps/count-instances.ts'
import { formatNameList } from '../steps/format-name-list.ts'
import { isOwnProxy, proxyRevisionOf } from './istio-cluster.ts'
import { listCrds } from './list-istio-objects.ts'
import { ISTIO_NAMESPACE } from './plan-istio.ts'

/**
 * What an uninstall leaves in a cluster, a sentence each.
 * Source: https://istio.io/latest/docs/setup/install/istioctl/#uninstall-istio
 */
export async function findIstioLeftovers(
  client: KubernetesClient,
  { revision, hasCrds = false, hasNamespace = false }: Omit<IstioUninstall, 'context'>,
  removed: RemovedRevisions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [crds, namespaces, pods, own] = await Promise.all([
    listCrds(client, signal),
    listItems(client, '/api/v1/namespaces', {}, signal),
    listItems(client, '/api/v1/pods', {}, signal),
    readLive(client, `/api/v1/namespaces/${ISTIO_NAMESPACE}`, signal),
  ])
  const isMeant = (pod: KubernetesObject): boolean => {
    const found = proxyRevisionOf(pod)
    return found !== undefined && !isOwnProxy(pod) && (revision === undefined || found === revision)
  }
  const proxies = pods.filter(isMeant)
  const labels = findLeftoverLabels(namespaces, removed)
  const objects = hasCrds ? [] : await countInstances(client, crds, signal)
  return [
    ...(own && !hasNamespace
      ? [
          `The namespace ${ISTIO_NAMESPACE}, with the certificate authority (Secret istio-ca-secret) and what others put there.`,
        ]
      : []),
    ...(crds.length > 0 && !hasCrds ? [`${String(crds.length)} CRDs of Istio${nameObjects(objects)}.`] : []),
    ...labels.map(
      ({ label, namespaces: names }) =>
        `The label ${label} of ${names.length === 1 ? 'the namespace' : 'the namespaces'} ${formatNameList(names)}.`,
    ),
    ...(proxies.length > 0
      ? [
          `The sidecars of ${String(proxies.length)} pods until they are restarted: ${formatNameList(
            proxies.map(({ metadata: { namespace = '', name } }) => `${namespace}/${name}`),
          )}.`,
        ]
      : []),
  ]
}

const nameObjects = (counts: readonly { readonly kind: string; readonly count: number }[]): string =>
  counts.length === 0
    ? ', of which no object is left'
    : `, and with them ${counts.map(({ kind, count }) => `${String(count)} ${kind}`).join(', ')}`
