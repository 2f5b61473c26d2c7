import type { NamedObject } from '../istio/named-object.ts'
import { fieldsOf, listOf } from '../istio/fields/read-fields.ts'
import { isDeepEqual } from '../yaml/deep-equal.ts'
import type { Attachment } from './attachment.ts'
import { hostnamesOf } from './gateway-api-objects.ts'

/** A route that a listener does not take, and the field that is the cause. */
export interface DeniedRoute {
  readonly route: NamedObject
  /** The names that the route asks for; empty for any. */
  readonly hostnames: readonly string[]
  /** The Gateway or ListenerSet, its listener and its port. */
  readonly owner: NamedObject
  readonly section: string
  readonly port: number
  readonly field: string
  /** Whether the field is the owner's, not the route's. */
  readonly isOwnersField: boolean
  /** As the condition in the route's status words it. */
  readonly message: string
}

/** The listeners that do not take a route of those that it names. */
export const deniedRoutes = (
  route: NamedObject,
  attachments: readonly Attachment[],
): readonly DeniedRoute[] =>
  attachments.flatMap((attachment): readonly DeniedRoute[] => {
    const { listener, denied } = attachment
    // A reference that names a section is not meant for the other listeners.
    const isMeant = attachment.sectionName === undefined || attachment.sectionName === listener?.name
    const isTaken = attachments.some(
      other => other.written === attachment.written && other.denied === undefined,
    )
    if (listener === undefined || denied === undefined || (!isMeant && isTaken)) return []
    return [
      {
        route,
        hostnames: hostnamesOf(route),
        owner: listener.owner,
        section: listener.name,
        port: listener.port,
        ...causeOf(route, attachment, listener.name),
        message: denied.message,
      },
    ]
  })

function causeOf(
  route: NamedObject,
  { written, denied, port, listener }: Attachment,
  section: string,
): Pick<DeniedRoute, 'field' | 'isOwnersField'> {
  const index = listOf(fieldsOf(route.object.spec)['parentRefs']).findIndex(item =>
    isDeepEqual(item, written),
  )
  const parent = `spec.parentRefs[${String(Math.max(0, index))}]`
  const allowed = `spec.listeners["${section}"].allowedRoutes`
  switch (denied?.reason) {
    case 'NoMatchingListenerHostname':
      return { field: 'spec.hostnames', isOwnersField: false }
    case 'NotAllowedByListeners':
      return denied.message.startsWith('kind ')
        ? { field: `${allowed}.kinds`, isOwnersField: true }
        : { field: `${allowed}.namespaces`, isOwnersField: true }
    default:
      return {
        field: port !== undefined && port !== listener?.port ? `${parent}.port` : `${parent}.sectionName`,
        isOwnersField: false,
      }
  }
}
