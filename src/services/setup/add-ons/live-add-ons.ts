import { findAddOns, type FoundAddOn } from '../../../domain/setup/add-ons/find-add-ons.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'

/** The add-ons of a cluster, whoever installed them. */
export async function listLiveAddOns(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly FoundAddOn[]> {
  const lists = await Promise.all(
    (
      [
        ['Deployment', 'deployments'],
        ['StatefulSet', 'statefulsets'],
      ] as const
    ).map(async ([kind, plural]) => {
      const items = await listItems(client, `/apis/apps/v1/${plural}`, {}, signal)
      return items.map(item => ({ ...item, apiVersion: 'apps/v1', kind }))
    }),
  )
  return findAddOns(lists.flat())
}

/** The same add-on of somebody else. */
export const othersOf = (found: readonly FoundAddOn[], name: FoundAddOn['name']): readonly FoundAddOn[] =>
  found.filter(each => each.name === name && !each.isOurs)

/** `Prometheus is already installed: istio-system/prometheus (Istio's samples)`. */
export const describeDouble = ({ name, namespace, workload, by }: FoundAddOn): string =>
  `${titleOf(name)} is already installed: ${namespace}/${workload} (${by})`

export const titleOf = (name: FoundAddOn['name']): string =>
  ({ prometheus: 'Prometheus', jaeger: 'Jaeger', grafana: 'Grafana' })[name]
