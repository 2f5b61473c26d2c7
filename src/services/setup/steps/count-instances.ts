import { fieldsOf, listOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'

/** How many objects of the user go with each CRD: routes, policies, profiles. */
export async function countInstances(
  client: KubernetesClient,
  crds: readonly KubernetesObject[],
  signal: AbortSignal,
  isOwn: (object: KubernetesObject) => boolean = () => false,
): Promise<readonly { readonly kind: string; readonly count: number }[]> {
  const counts = await Promise.all(
    crds.map(async ({ spec }) => {
      const { group, names, versions } = fieldsOf(spec)
      const { kind, plural } = fieldsOf(names)
      const served = listOf(versions)
        .map(fieldsOf)
        .find(version => version['served'] === true)
      if (served === undefined) return { kind: String(kind), count: 0 }
      const path = `/apis/${String(group)}/${String(served['name'])}/${String(plural)}`
      const items = await listItems(client, path, {}, signal)
      return { kind: String(kind), count: items.filter(each => !isOwn(each)).length }
    }),
  )
  return counts.filter(({ count }) => count > 0)
}
