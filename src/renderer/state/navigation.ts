import { groupOf, type ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import { findType } from './cluster.ts'
import { linkTo, navigate, type PlaceInput, type PlaceLink } from './place.ts'
import { groupOfRoutedKind } from './routed-kinds.ts'

export * from './place.ts'

/** Shows an object in the Routing view. */
export const openRouting = (id: RoutedId): void => navigate(routingPlace(id))

/** An object's place in the Routing view, for a link. */
export const routingLink = (id: RoutedId): PlaceLink => linkTo(routingPlace(id))

/** Without an `apiVersion`, the first group that has the kind is meant. */
type RoutedId = Pick<ResourceId, 'kind' | 'namespace' | 'name'> & { readonly apiVersion?: string }

/** The place of an object in the Routing view. The group is told only where the kind alone means another one. */
export function routingPlace({ apiVersion, kind, namespace, name }: RoutedId): PlaceInput {
  const group = apiVersion === undefined ? undefined : groupOf(apiVersion)
  return {
    name: 'routing',
    params: { kind, namespace: namespace ?? '', name },
    query: group === undefined || group === groupOfRoutedKind(kind) ? {} : { group },
  }
}

export function openEditor(draftId?: string): void {
  navigate({ name: 'editor', params: draftId === undefined ? {} : { draft: draftId } })
}

/** Shows the Traces view with a search: service, operation, tags, trace and so on as the view reads them. */
export function openTraces(query: Readonly<Record<string, string>> = {}): void {
  navigate({ name: 'traces', query })
}

/** Shows the Traffic view; `selection` is the id of a node or an edge. */
export function openTraffic(selection?: string): void {
  navigate({ name: 'traffic', query: selection === undefined ? {} : { selected: selection } })
}

/** Shows an object in the Resources view. */
export function openResource({ apiVersion, kind, namespace, name }: ResourceId): void {
  const group = groupOf(apiVersion)
  const plural = findType(group, kind)?.plural ?? `${kind.toLowerCase()}s`
  navigate({
    name: 'resources',
    params: { group: group === '' ? CORE_GROUP : group, plural },
    query: { ...(namespace === undefined ? {} : { namespace }), object: name },
  })
}

/** The core group's name is empty, which an address cannot hold. */
export const CORE_GROUP = 'core'
