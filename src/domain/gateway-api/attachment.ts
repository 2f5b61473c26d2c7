import { hostCovers, intersectHosts, isWildcard } from '../istio/host-name.ts'
import type { NamedObject } from '../istio/named-object.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import { compact, fieldsOf, listOf, numberOf, textOf } from '../istio/fields/read-fields.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { GATEWAY_GROUP, hostnamesOf } from './gateway-api-objects.ts'
import type { Listener } from './listener.ts'
import type { Reference } from './reference.ts'
import { readReference } from './reference.ts'
import type { RouteProblem } from './route-problem.ts'
import { internalName, isOpen } from './translate-listeners.ts'

/** A route's reference to a parent, tried on one listener of it, or on the mesh. */
export interface Attachment {
  /** The reference as it is written. */
  readonly written: Fields
  readonly parent: Reference
  readonly port?: number
  readonly sectionName?: string
  /** `mesh`, or the name of the listener's Gateway as istiod makes it. */
  readonly gateway: string
  /** Absent for the mesh. */
  readonly listener?: Listener
  /** Names of the other listeners of the port and protocol, which take what fits them better. */
  readonly otherHostnames: readonly string[]
  /** Why the parent does not take the route. */
  readonly denied?: RouteProblem
}

/**
 * The parents of a route: Gateways and ListenerSets by their listeners, and for the mesh Services and ServiceEntries.
 * References of other kinds are for others, and passed over.
 * Follows `extractParentReferenceInfo` in istio's pilot/pkg/config/kube/gateway/conversion.go.
 */
export function attachRoute(
  objects: GatewayApiObjects,
  listeners: readonly Listener[],
  route: NamedObject,
): readonly Attachment[] {
  return listOf(fieldsOf(route.object.spec)['parentRefs'])
    .map(fieldsOf)
    .flatMap((written): readonly Attachment[] => {
      const parent = readReference(written, { group: GATEWAY_GROUP, kind: 'Gateway' }, route.namespace)
      const common = compact({
        written,
        parent,
        port: numberOf(written['port']),
        sectionName: textOf(written['sectionName']),
      })
      const type = `${parent.group}/${parent.kind}`
      if (type === '/Service' || type === 'networking.istio.io/ServiceEntry') {
        const denied = denyMesh(objects, parent)
        return [compact({ ...common, gateway: 'mesh', otherHostnames: [], denied })]
      }
      if (type !== `${GATEWAY_GROUP}/Gateway` && type !== `${GATEWAY_GROUP}/ListenerSet`) return []
      const own = listeners.filter(
        listener =>
          isOpen(listener) &&
          listener.owner.kind === parent.kind &&
          listener.owner.namespace === parent.namespace &&
          listener.owner.name === parent.name,
      )
      return own.map(listener => attachToListener(common, listener, own, route))
    })
}

function denyMesh(
  objects: GatewayApiObjects,
  { kind, namespace, name }: Reference,
): RouteProblem | undefined {
  const isThere = (kind === 'Service' ? objects.services : objects.serviceEntries).has(`${namespace}/${name}`)
  const what = kind === 'Service' ? 'service' : 'service entry'
  return isThere ? undefined : { reason: 'NoMatchingParent', message: `parent ${what}: "${name}" not found` }
}

function attachToListener(
  common: Pick<Attachment, 'written' | 'parent' | 'port' | 'sectionName'>,
  listener: Listener,
  siblings: readonly Listener[],
  route: NamedObject,
): Attachment {
  const otherHostnames = siblings
    .filter(({ port, protocol }) => port === listener.port && protocol === listener.protocol)
    .map(({ hostname }) => hostname)
    .filter(hostname => hostname !== listener.hostname)
  return compact({
    ...common,
    gateway: `${listener.owner.namespace}/${internalName(listener)}`,
    listener,
    otherHostnames: [...new Set(otherHostnames)],
    denied: denyListener(common, listener, route),
  })
}

/** Follows `referenceAllowed` there; the first thing that does not fit is the reason. */
function denyListener(
  { port, sectionName }: Pick<Attachment, 'port' | 'sectionName'>,
  listener: Listener,
  route: NamedObject,
): RouteProblem | undefined {
  if (port !== undefined && port !== listener.port)
    return { reason: 'NoMatchingParent', message: `port ${String(port)} not found` }
  if (sectionName !== undefined && sectionName !== listener.name)
    return { reason: 'NoMatchingParent', message: `sectionName "${sectionName}" not found` }
  const names = route.kind === 'TCPRoute' ? [] : hostnamesOf(route)
  const wanted = names.length === 0 ? ['*'] : names
  const served = listener.hostname === '' ? '*' : listener.hostname
  if (!wanted.some(name => intersectHosts(name, served) !== undefined))
    return {
      reason: 'NoMatchingListenerHostname',
      message: `no hostnames matched parent hostname "${listener.hostname}"`,
    }
  const { allowedNamespaces } = listener
  if (!allowedNamespaces.includes('*') && !allowedNamespaces.includes(route.namespace))
    return {
      reason: 'NotAllowedByListeners',
      message: `hostnames matched parent hostname "${listener.hostname}", but namespace "${route.namespace}" is not allowed by the parent`,
    }
  return listener.allowedKinds.includes(route.kind)
    ? undefined
    : { reason: 'NotAllowedByListeners', message: `kind ${route.kind} is not allowed` }
}

/**
 * Whether a name of a route is the listener's to serve: not where another listener of the port fits it better.
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#listener (hostname), GEP-1867 "listener isolation".
 */
export function isServedHere({ listener, otherHostnames }: Attachment, host: string): boolean {
  const own = listener?.hostname ?? ''
  if (own !== '' && !isWildcard(own)) return true
  if (own !== '' && intersectHosts(host, own) === undefined) return false
  return !otherHostnames.some(other => own.length <= other.length && hostCovers(other, host))
}
