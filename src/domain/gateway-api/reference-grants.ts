import { fieldsOf, listOf, textOf } from '../istio/fields/read-fields.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { GATEWAY_GROUP } from './gateway-api-objects.ts'
import type { Reference } from './reference.ts'

/**
 * Whether a ReferenceGrant in the namespace of the object referred to lets another namespace refer to it.
 * Source: https://gateway-api.sigs.k8s.io/api-types/referencegrant/
 */
export function isReferenceGranted(
  { grants }: GatewayApiObjects,
  from: { readonly kind: string; readonly namespace: string },
  to: Reference,
): boolean {
  return grants
    .filter(grant => grant.namespace === to.namespace)
    .some(({ object }) => {
      const spec = fieldsOf(object.spec)
      const isFrom = listOf(spec['from'])
        .map(fieldsOf)
        .some(
          item =>
            item['group'] === GATEWAY_GROUP &&
            item['kind'] === from.kind &&
            item['namespace'] === from.namespace,
        )
      const isTo = listOf(spec['to'])
        .map(fieldsOf)
        .some(item => {
          const name = textOf(item['name'])
          return (
            (item['group'] ?? '') === to.group &&
            item['kind'] === to.kind &&
            (name === undefined || name === to.name)
          )
        })
      return isFrom && isTo
    })
}
