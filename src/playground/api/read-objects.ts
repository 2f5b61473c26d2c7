import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { badRequest, gone, notFound } from '../objects/status-error.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import { json, type Answer, type ApiRequest } from './exchange.ts'
import type { MemoryStore } from './memory-store.ts'
import { tooLargeVersion } from './refusals.ts'
import { createPresenter, readRepresentation } from './representation.ts'
import { parseSelectors } from './selectors.ts'

/** Where a request points: a type, a namespace or all of them, a name or all of them. */
export interface Target {
  readonly type: ServedResource
  readonly namespace: string | undefined
  readonly name: string | undefined
  /** What follows the name: `status`, `proxy/metrics`. */
  readonly rest: readonly string[]
}

export interface ReadContext {
  readonly store: MemoryStore
  readonly now: () => number
}

export function liveObject(store: MemoryStore, { type, namespace, name = '' }: Target): KubernetesObject {
  const object = store.get(type, namespace, name)
  if (!object) throw notFound(type, name)
  return object
}

export function getObject({ store, now }: ReadContext, request: ApiRequest, target: Target): Answer {
  const presenter = createPresenter(
    target.type,
    readRepresentation(request.headers.accept),
    request.query,
    now,
  )
  return json(presenter.object(liveObject(store, target)))
}

interface Continue {
  readonly rv: number
  /** The key of the last object of the page before. */
  readonly start: string
}

const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

function readContinue(token: string): Continue {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>
    if (typeof rv === 'number' && typeof start === 'string') return { rv, start }
  } catch {
    // said below, the same for every broken token
  }
  throw badRequest('invalid continue token: continue key is not valid')
}

/** A resourceVersion from a query; undefined where there is none. */
export function readResourceVersion(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? ''
  if (text === '') return undefined
  if (!/^\d+$/.test(text))
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: must be a decimal integer`,
    )
  return Number(text)
}

function readLimit(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? '0')
  if (!Number.isInteger(limit) || limit < 0) throw badRequest('limit must be a whole number, 0 or more')
  return limit
}

export function listObjects(context: ReadContext, request: ApiRequest, target: Target): Answer {
  const { store, now } = context
  const { type, namespace } = target
  const { query } = request
  const presenter = createPresenter(type, readRepresentation(request.headers.accept), query, now)
  const selects = parseSelectors(query, type)
  const limit = readLimit(query)
  const token = query.get('continue') ?? ''
  const from = token === '' ? undefined : readContinue(token)
  const resourceVersion = from?.rv ?? listVersion(store, query)

  const past = store.history.rewind(type, store.list(type, namespace), resourceVersion)
  if (!past)
    throw gone(
      from
        ? 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.'
        : 'The resourceVersion for the provided list is too old.',
    )
  const rest = past.filter(
    object =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (from === undefined || keyOf(object) > from.start) &&
      selects(object),
  )
  const page = limit === 0 ? rest : rest.slice(0, limit)
  const last = page.at(-1)
  const isSelected = query.has('labelSelector') || query.has('fieldSelector')
  const more =
    last && page.length < rest.length
      ? {
          continue: Buffer.from(JSON.stringify({ rv: resourceVersion, start: keyOf(last) })).toString(
            'base64url',
          ),
          // Unknown to the real server where a selector is set.
          ...(isSelected ? {} : { remainingItemCount: rest.length - page.length }),
        }
      : {}
  return json(presenter.list(page, { resourceVersion: String(resourceVersion), ...more }))
}

/** Only `Exact` reads the past; every other list is as fresh as can be. */
function listVersion(store: MemoryStore, query: URLSearchParams): number {
  const wanted = readResourceVersion(query)
  if (wanted !== undefined && wanted > store.resourceVersion)
    throw tooLargeVersion(wanted, store.resourceVersion)
  return wanted !== undefined && query.get('resourceVersionMatch') === 'Exact'
    ? wanted
    : store.resourceVersion
}
