import { computed, shallowRef } from 'vue'
import { groupOf, type ResourceId } from '../../domain/resources/kubernetes-object.ts'
import { findType } from './cluster.ts'
import { groupOfRoutedKind } from './routed-kinds.ts'

export type RouteName =
  'home' | 'traffic' | 'routing' | 'resources' | 'editor' | 'traces' | 'changes' | 'setup' | 'settings'

/** Where the window is: everything selected lives here, which is the address. */
export interface Place {
  readonly name: RouteName
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

export interface PlaceInput {
  readonly name: RouteName
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
}

/** The present place; written by the router only. */
export const place = shallowRef<Place>({ name: 'home', params: {}, query: {} })

type Go = (place: PlaceInput, mode: 'push' | 'replace') => void
let go: Go = () => {}

/** Connects `navigate` with the router. */
export function provideNavigation(move: Go): void {
  go = move
}

export function navigate(to: PlaceInput, mode: 'push' | 'replace' = 'push'): void {
  go(to, mode)
}

/** Changes parts of the query and keeps the rest; undefined or empty removes a part. */
export function changeQuery(
  change: Readonly<Record<string, string | undefined>>,
  mode: 'push' | 'replace' = 'replace',
): void {
  const { name, params, query } = place.value
  const next = Object.entries({ ...query, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  )
  navigate({ name, params, query: Object.fromEntries(next) }, mode)
}

/** A part of the query as a ref. */
export const queryPart = (name: string, mode: 'push' | 'replace' = 'replace') =>
  computed({
    get: () => place.value.query[name] ?? '',
    set: value => changeQuery({ [name]: value }, mode),
  })

/** Shows an object in the Routing view. */
export const openRouting = (id: RoutedId): void => navigate(routingPlace(id))

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
