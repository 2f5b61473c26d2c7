import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../domain/resources/kubernetes-object.ts'
import type { ResourceEvent } from '../../shared/contract/resources.ts'
import { isAborted, pause } from '../clusters/pause.ts'
import { uidOf, type createSharedLists, type SharedList } from './shared-list.ts'

/** Changes within this time reach the reader together. */
const batch = 40

/** What a reader has not been told yet about one type. A slow reader gets fewer and larger steps, never a queue. */
interface Pending {
  readonly type: ResourceType
  readonly joined: { readonly list: SharedList; leave(): void }[]
  /** The whole list has to be sent. */
  isStale: boolean
  readonly put: Map<string, KubernetesObject>
  readonly removed: Set<string>
  problem: Problem | undefined
}

/** Follows several types in the namespaces (none: all) until the signal aborts. */
export async function* watchResources(
  lists: ReturnType<typeof createSharedLists>,
  input: {
    readonly context: string
    readonly types: readonly ResourceType[]
    readonly namespaces: readonly string[]
  },
  signal: AbortSignal,
): AsyncGenerator<ResourceEvent> {
  let isDirty = true
  let wake = (): void => {}
  const mark = (): void => {
    isDirty = true
    wake()
  }
  const onAbort = (): void => wake()
  signal.addEventListener('abort', onAbort)
  const all = input.types.map(type => follow(lists, input.context, type, input.namespaces, mark))
  try {
    let isFirst = true
    while (!signal.aborted) {
      if (!isDirty) {
        await new Promise<void>(resolve => (wake = resolve))
        if (!isFirst) await pause(batch, signal)
        continue
      }
      isDirty = false
      for (const pending of all) {
        for (const event of drain(pending)) {
          isFirst = false
          yield event
          if (isAborted(signal)) return
        }
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    for (const { joined } of all) for (const list of joined) list.leave()
  }
}

function follow(
  lists: ReturnType<typeof createSharedLists>,
  context: string,
  type: ResourceType,
  namespaces: readonly string[],
  mark: () => void,
): Pending {
  const pending: Pending = {
    type,
    joined: [],
    isStale: true,
    put: new Map(),
    removed: new Set(),
    problem: undefined,
  }
  const places = type.isNamespaced && namespaces.length > 0 ? [...new Set(namespaces)] : ['']
  for (const namespace of places) {
    const joined = lists.join(
      { context, type, namespace },
      {
        replace() {
          pending.isStale = true
          mark()
        },
        put(object) {
          const uid = uidOf(object)
          pending.put.set(uid, object)
          pending.removed.delete(uid)
          mark()
        },
        remove(uid) {
          pending.put.delete(uid)
          pending.removed.add(uid)
          mark()
        },
        fail(problem) {
          pending.problem = problem
          mark()
        },
        recover() {
          // A reader that was told of the failure learns by the next list that it is over.
          pending.problem = undefined
          pending.isStale = true
          mark()
        },
      },
    )
    pending.joined.push(joined)
    if (joined.list.problem) pending.problem = joined.list.problem
  }
  return pending
}

function* drain(pending: Pending): Generator<ResourceEvent> {
  const { type, joined, put, removed, problem } = pending
  const isReady = joined.every(({ list }) => list.objects !== undefined || list.problem !== undefined)
  const isKnown = joined.some(({ list }) => list.objects !== undefined)
  if (pending.isStale && isReady && isKnown) {
    pending.isStale = false
    put.clear()
    removed.clear()
    yield {
      kind: 'snapshot',
      type,
      items: joined.flatMap(({ list }) => [...(list.objects?.values() ?? [])]),
    }
  } else if (!pending.isStale && (put.size > 0 || removed.size > 0)) {
    const event: ResourceEvent = { kind: 'changes', type, put: [...put.values()], removed: [...removed] }
    put.clear()
    removed.clear()
    yield event
  }
  if (problem) {
    pending.problem = undefined
    yield { kind: 'failed', type, problem }
  }
}
