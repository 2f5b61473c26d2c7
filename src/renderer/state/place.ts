import { computed, shallowRef } from 'vue'

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
let addressOf = (_place: PlaceInput): string => ''

/** Connects `navigate` and `linkTo` with the router. */
export function provideNavigation(move: Go, resolve: (place: PlaceInput) => string): void {
  go = move
  addressOf = resolve
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

export interface PlaceLink {
  readonly href: string
  readonly onClick: (event: MouseEvent) => void
}

/** What makes an `a` a link to a place: a plain click stays in the window, the others are the browser's. */
export function linkTo(to: PlaceInput): PlaceLink {
  return {
    href: addressOf(to),
    onClick(event) {
      if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      navigate(to)
    },
  }
}

/** The query part that holds the chosen namespaces. */
export const NAMESPACES = 'namespaces'
const ALL_NAMESPACES = '*'

/** The chosen namespaces as the address holds them. */
export const writeNamespaces = (list: readonly string[]): string =>
  list.length === 0 ? ALL_NAMESPACES : list.join(',')

/** The chosen namespaces of an address (none: all); undefined where it does not say. */
export function readNamespaces(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text === '') return undefined
  return text === ALL_NAMESPACES ? [] : [...new Set(text.split(',').filter(name => name !== ''))]
}
