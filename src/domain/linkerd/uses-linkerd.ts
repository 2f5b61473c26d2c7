import { fieldsOf, textMapOf } from '../mesh/read-fields.ts'
import { selects } from '../mesh/named-object.ts'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import { groupOf } from '../resources/kubernetes-object.ts'
import type { Caller } from '../routing/request.ts'
import { namespaceAnnotations } from './linkerd-objects.ts'

const INJECT = 'linkerd.io/inject'

/**
 * Whether a caller's proxy is Linkerd's: its workload says so, else its namespace, else the objects, where Linkerd's
 * are the only ones of a mesh. Source: https://linkerd.io/2/features/proxy-injection/
 */
export function usesLinkerd(objects: readonly KubernetesObject[], caller: Caller): boolean {
  for (const object of objects) {
    const template = fieldsOf(fieldsOf(object.spec)['template'])
    const metadata = object.kind === 'Pod' ? object.metadata : fieldsOf(template['metadata'])
    const own = textMapOf(metadata.annotations)[INJECT]
    if (own === undefined || (object.metadata.namespace ?? 'default') !== caller.namespace) continue
    const labels = textMapOf(metadata.labels)
    if (Object.keys(labels).length > 0 && selects(caller.labels, labels) && selects(labels, caller.labels))
      return own !== 'disabled'
  }
  const ofNamespace = namespaceAnnotations(objects, caller.namespace)[INJECT]
  if (ofNamespace !== undefined) return ofNamespace !== 'disabled'
  const groups = new Set(objects.map(object => groupOf(object.apiVersion)))
  return [...groups].some(isLinkerd) && ![...groups].some(group => group.endsWith('.istio.io'))
}

const isLinkerd = (group: string): boolean => group === 'linkerd.io' || group.endsWith('.linkerd.io')
