import { Readable } from 'node:stream'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import type { StoreEvent } from '../store.ts'
import type { Answer, ApiRequest } from './exchange.ts'
import { badRequest, gone } from '../objects/status-error.ts'
import { readResourceVersion, type ReadContext, type Target } from './read-objects.ts'
import { apiVersionOfType } from './served-types.ts'
import { createPresenter, readRepresentation, type Presenter, type Representation } from './representation.ts'
import { parseSelectors, type Selects } from './selectors.ts'

const BOOKMARK_PERIOD_MS = 60_000
// A reader that stops reading is cut off, as the API server does, and lists again.
const MOST_WAITING = 20_000

type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'

/** What a watcher with a selector sees of an event: leaving the selection is a deletion, entering it an addition. */
export function seenAs({ kind, object, previous }: StoreEvent, selects: Selects): WatchType | undefined {
  const isIn = kind !== 'deleted' && selects(object)
  const wasIn = previous !== undefined && selects(previous)
  if (isIn) return wasIn ? 'MODIFIED' : 'ADDED'
  return wasIn ? 'DELETED' : undefined
}

/** Follows a collection: `GET …?watch=true`. */
export function watchObjects(context: ReadContext, request: ApiRequest, target: Target): Answer {
  const { query, headers } = request
  const { type, name } = target
  const representation = readRepresentation(headers.accept)
  const selectsByQuery = parseSelectors(query, type)
  const selects: Selects =
    name === undefined ? selectsByQuery : object => object.metadata.name === name && selectsByQuery(object)
  const hasInitialEvents = query.get('sendInitialEvents') === 'true'
  if (hasInitialEvents && query.get('resourceVersionMatch') !== 'NotOlderThan')
    throw badRequest(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
  const watch: Watch = {
    context,
    target,
    selects,
    representation,
    presenter: createPresenter(type, representation, query, context.now),
    from: readResourceVersion(query) ?? 0,
    hasInitialEvents,
    hasBookmarks: ['true', '1'].includes(query.get('allowWatchBookmarks') ?? ''),
    timeoutMs: readTimeout(query),
    signal: request.signal,
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
    body: Readable.from(follow(watch), { objectMode: true }),
  }
}

/** The real server ends a watch after 30 to 60 minutes where the client names no time. */
function readTimeout(query: URLSearchParams): number {
  const seconds = Number(query.get('timeoutSeconds') ?? '0')
  return (Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 86_400) : 2_700) * 1_000
}

interface Watch {
  readonly context: ReadContext
  readonly target: Target
  readonly selects: Selects
  readonly representation: Representation
  readonly presenter: Presenter
  readonly from: number
  readonly hasInitialEvents: boolean
  readonly hasBookmarks: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const line = (type: WatchType, object: unknown): string => `${JSON.stringify({ type, object })}\n`

async function* follow(watch: Watch): AsyncGenerator<string> {
  const { context, target, selects, presenter, from, signal } = watch
  const { store } = context
  const { type, namespace } = target
  const isHere = ({ metadata }: KubernetesObject): boolean =>
    namespace === undefined || metadata.namespace === namespace
  const waiting: string[] = []
  const state = { isOver: false, isBookmarkDue: false }
  let wake = (): void => undefined
  const finish = (): void => {
    state.isOver = true
    wake()
  }
  const isStart = watch.hasInitialEvents || from === 0
  let isFirst = true

  const encode = (kind: WatchType, object: KubernetesObject): string => {
    const shown = presenter.object(object)
    // Columns are sent once, with the first event.
    if (watch.representation === 'table' && !isFirst) {
      return line(kind, { ...(shown as object), columnDefinitions: null })
    }
    isFirst = false
    return line(kind, shown)
  }
  const push = (event: StoreEvent): void => {
    if (!isHere(event.object)) return
    const seen = seenAs(event, selects)
    if (seen === undefined) return
    const { resourceVersion } = event.object.metadata
    // One that left the selection is shown as it was, with the version of its leaving.
    const object =
      seen === 'DELETED' && event.previous
        ? {
            ...event.previous,
            metadata: { ...event.previous.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
          }
        : event.object
    waiting.push(encode(seen, object))
    if (waiting.length > MOST_WAITING) state.isOver = true
    wake()
  }

  // Everything up to the subscription is synchronous: no event falls between the list and the watch.
  if (!isStart) {
    // A version that is still to come is of another history: that of a state that was lost.
    const missed = from > store.resourceVersion ? undefined : store.history.since(type, from)
    if (!missed) {
      yield line('ERROR', gone(`too old resource version: ${from} (${store.history.oldest})`).toStatus())
      return
    }
    missed.forEach(push)
  } else {
    for (const object of store.list(type, namespace))
      if (selects(object)) waiting.push(encode('ADDED', object))
    if (watch.hasInitialEvents && watch.hasBookmarks) waiting.push(bookmark(watch, true))
  }
  const unsubscribe = store.subscribe(event => {
    if (event.collection.group === type.group && event.collection.plural === type.plural) push(event)
  })
  const timeout = setTimeout(finish, watch.timeoutMs)
  const bookmarks = setInterval(() => {
    state.isBookmarkDue = true
    wake()
  }, BOOKMARK_PERIOD_MS)
  signal.addEventListener('abort', finish)
  try {
    while (!signal.aborted) {
      if (waiting.length > 0) {
        yield waiting.splice(0).join('')
        continue
      }
      if (watch.hasBookmarks && (state.isBookmarkDue || state.isOver)) {
        state.isBookmarkDue = false
        yield bookmark(watch, false)
      }
      if (state.isOver) return
      await new Promise<void>(resolve => {
        wake = resolve
        if (waiting.length > 0 || state.isOver || state.isBookmarkDue) resolve()
      })
    }
  } finally {
    clearTimeout(timeout)
    clearInterval(bookmarks)
    signal.removeEventListener('abort', finish)
    unsubscribe()
  }
}

function bookmark({ context, target, representation }: Watch, isEndOfInitialEvents: boolean): string {
  const metadata = {
    resourceVersion: String(context.store.resourceVersion),
    creationTimestamp: null,
    ...(isEndOfInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  }
  const object = { kind: target.type.kind, apiVersion: apiVersionOfType(target.type), metadata }
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
  switch (representation) {
    case 'object':
      return line('BOOKMARK', object)
    case 'metadata':
      return line('BOOKMARK', partial)
    case 'table':
      return line('BOOKMARK', {
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { resourceVersion: metadata.resourceVersion },
        columnDefinitions: null,
        rows: [{ cells: [], object: partial }],
      })
  }
}
