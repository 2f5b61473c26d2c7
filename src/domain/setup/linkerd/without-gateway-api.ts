import { fieldsOf, textOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'

/**
 * Objects without the CRDs of the Gateway API: older Linkerd brought its own and called them its own, but others use
 * them too, and an older one removes routes. Source: linkerd2#12232
 */
export const withoutGatewayApi = (objects: readonly KubernetesObject[]): readonly KubernetesObject[] =>
  objects.filter(
    ({ kind, spec, metadata }) =>
      kind !== 'CustomResourceDefinition' ||
      !(textOf(fieldsOf(spec)['group']) ?? metadata.name).endsWith('gateway.networking.k8s.io'),
  )
