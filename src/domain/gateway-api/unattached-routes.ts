import type { NamedObject } from '../istio/named-object.ts'
import { fieldsOf, listOf, textOf } from '../istio/fields/read-fields.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { GATEWAY_GROUP, hostnamesOf, ISTIO_CONTROLLER } from './gateway-api-objects.ts'
import type { Listener } from './listener.ts'
import { readReference } from './reference.ts'
import { isOpen } from './translate-listeners.ts'

/** A route whose parent is not there, or is no Gateway of Istio. */
export interface UnattachedRoute {
  readonly route: NamedObject
  /** The names that the route asks for; empty for any. */
  readonly hostnames: readonly string[]
  /** The index of the reference in `spec.parentRefs`. */
  readonly index: number
  readonly parent: { readonly kind: string; readonly namespace: string; readonly name: string }
}

/** A listener that istiod does not open, or a Gateway that is for another controller. */
export interface ClosedListener {
  /** The Gateway or ListenerSet. */
  readonly owner: NamedObject
  /** Absent where the Gateway as a whole is not Istio's. */
  readonly port?: number
  readonly field: string
  /** One clause in words. */
  readonly reason: string
}

/** The references of routes to Gateways and ListenerSets that are not there. */
export const findUnattachedRoutes = (objects: GatewayApiObjects): readonly UnattachedRoute[] => {
  const known = new Set(
    [...objects.gateways, ...objects.listenerSets].map(
      ({ kind, namespace, name }) => `${kind} ${namespace}/${name}`,
    ),
  )
  return objects.routes.flatMap(route =>
    listOf(fieldsOf(route.object.spec)['parentRefs']).flatMap((item, index): readonly UnattachedRoute[] => {
      const { group, kind, namespace, name } = readReference(
        fieldsOf(item),
        { group: GATEWAY_GROUP, kind: 'Gateway' },
        route.namespace,
      )
      if (group !== GATEWAY_GROUP || (kind !== 'Gateway' && kind !== 'ListenerSet')) return []
      if (known.has(`${kind} ${namespace}/${name}`)) return []
      return [{ route, hostnames: hostnamesOf(route), index, parent: { kind, namespace, name } }]
    }),
  )
}

/** The listeners that are written and not open, and the Gateways of other controllers. */
export const findClosedListeners = (
  objects: GatewayApiObjects,
  listeners: readonly Listener[],
): readonly ClosedListener[] => [
  ...objects.gateways.flatMap((owner): readonly ClosedListener[] => {
    const name = textOf(fieldsOf(owner.object.spec)['gatewayClassName']) ?? ''
    const controller = objects.controllers.get(name)
    if (controller === ISTIO_CONTROLLER || controller?.startsWith('istio.io/') === true) return []
    return [
      {
        owner,
        field: 'spec.gatewayClassName',
        reason:
          controller === undefined
            ? `its class "${name}" is none of Istio's, and there is no such GatewayClass`
            : `its class "${name}" is for the controller ${controller}, not for Istio`,
      },
    ]
  }),
  ...listeners
    .filter(listener => !isOpen(listener))
    .map((listener): ClosedListener => {
      const path = `spec.listeners["${listener.name}"]`
      const { owner, port, protocol, conflict, lacksCertificate } = listener
      if (conflict !== undefined)
        return {
          owner,
          port,
          field: conflict === 'HostnameConflict' ? `${path}.hostname` : `${path}.protocol`,
          reason: `an earlier listener has port ${String(port)} with ${conflict === 'HostnameConflict' ? 'the same hostname' : 'another protocol'} (${conflict})`,
        }
      if (lacksCertificate === true)
        return {
          owner,
          port,
          field: `${path}.tls.certificateRefs`,
          reason: 'no ReferenceGrant lets it use the Secret of its certificate (RefNotPermitted)',
        }
      return protocol === 'HTTPS' || protocol === 'TLS'
        ? { owner, port, field: `${path}.tls`, reason: `its protocol is ${protocol} and it has no tls` }
        : {
            owner,
            port,
            field: `${path}.protocol`,
            reason: `Istio does not serve the protocol ${protocol}`,
          }
    }),
]
