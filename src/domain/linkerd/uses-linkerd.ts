import { memoize } from '../istio/memoize.ts'
import { fieldsOf, textMapOf } from '../istio/fields/read-fields.ts'
import { selects } from '../istio/named-object.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import type { Caller } from '../routing/request.ts'

const INJECT = 'linkerd.io/inject'

interface Injection {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly wish: string
}

/** What objects say of Linkerd's proxies, gathered once. */
const gather = memoize((objects: readonly KubernetesObject[]) => {
  const workloads: Injection[] = []
  const namespaces = new Map<string, string>()
  for (const object of objects) {
    if (object.kind === 'Namespace') {
      const wish = object.metadata.annotations?.[INJECT]
      if (wish !== undefined) namespaces.set(object.metadata.name, wish)
      continue
    }
    const template = fieldsOf(fieldsOf(object.spec)['template'])
    const metadata = object.kind === 'Pod' ? object.metadata : fieldsOf(template['metadata'])
    const wish = textMapOf(metadata.annotations)[INJECT]
    const labels = textMapOf(metadata.labels)
    if (wish !== undefined && Object.keys(labels).length > 0)
      workloads.push({ namespace: object.metadata.namespace ?? 'default', labels, wish })
  }
  const groups = new Set(objects.map(object => groupOf(object.apiVersion)))
  const isMentioned = [...groups].some(isLinkerd)
  const isAlone = ![...groups].some(group => group.endsWith('.istio.io'))
  const isAsked = workloads.length > 0 || namespaces.size > 0
  return { workloads, namespaces, isOnlyMesh: (isMentioned || isAsked) && isAlone, isMentioned }
})

const isLinkerd = (group: string): boolean => group === 'linkerd.io' || group.endsWith('.linkerd.io')

/**
 * Whether a workload's proxy is Linkerd's: it says so itself, else its namespace, else the objects, where Linkerd's
 * are the only ones of a mesh. Source: https://linkerd.io/2/features/proxy-injection/
 */
export function usesLinkerd(
  objects: readonly KubernetesObject[],
  { namespace, labels }: Pick<Caller, 'namespace' | 'labels'>,
): boolean {
  const { workloads, namespaces, isOnlyMesh, isMentioned } = gather(objects)
  const own = workloads.find(
    item => item.namespace === namespace && Object.keys(labels).length > 0 && selects(labels, item.labels),
  )
  const wish = own?.wish ?? namespaces.get(namespace)
  return wish === undefined ? isMentioned && isOnlyMesh : wish !== 'disabled'
}

/** Whether Linkerd decides what becomes of a caller's requests: its proxy is Linkerd's, or no other mesh is there. */
export const isLinkerdCall = (objects: readonly KubernetesObject[], caller: Caller): boolean =>
  caller.kind === 'workload' && (gather(objects).isOnlyMesh || usesLinkerd(objects, caller))
