import type { Problem } from '../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../domain/kubernetes/kubernetes-object.ts'
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
  namespaceOf: (context: string) => Promise<string>,
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
  const over = new AbortController()
  const follower = { lists, context: input.context, namespaceOf, mark, signal: over.signal }
  const all = input.types.map(type => follow(follower, type, input.namespaces))
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
    over.abort()
    for (const { joined } of all) for (const list of joined) list.leave()
  }
}

interface Follower {
  readonly lists: ReturnType<typeof createSharedLists>
  readonly context: string
  readonly namespaceOf: (context: string) => Promise<string>
  readonly mark: () => void
  readonly signal: AbortSignal
}

function follow(
  { lists, context, namespaceOf, mark, signal }: Follower,
  type: ResourceType,
  namespaces: readonly string[],
): Pending {
  const pending: Pending = {
    type,
    joined: [],
    isStale: true,
    put: new Map(),
    removed: new Set(),
    problem: undefined,
  }
  let isNarrowed = false

  /** Who may not list all namespaces sees at least that of the context. */
  const narrow = async (problem: Problem): Promise<void> => {
    if (isNarrowed || problem.code !== 'forbidden') return
    isNarrowed = true
    const namespace = await namespaceOf(context)
    if (!isAborted(signal)) join(namespace)
  }

  const join = (namespace: string): void => {
    const isAll = namespace === '' && type.isNamespaced
    const fail = (problem: Problem): void => {
      pending.problem = problem
      mark()
      // Where the kubeconfig has lost the context, its connection says so.
      if (isAll) narrow(problem).catch(() => {})
    }
    const stale = (): void => {
      pending.isStale = true
      mark()
    }
    const joined = lists.join(
      { context, type, namespace },
      {
        replace: stale,
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
        fail,
        recover() {
          // A reader that was told of the failure learns by the next list that it is over.
          pending.problem = undefined
          stale()
        },
      },
    )
    pending.joined.push(joined)
    if (joined.list.problem) fail(joined.list.problem)
  }

  for (const namespace of type.isNamespaced && namespaces.length > 0 ? new Set(namespaces) : [''])
    join(namespace)
  return pending
}

function* drain(pending: Pending): Generator<ResourceEvent> {
  const { type, joined, put, removed } = pending
  const isReady = joined.every(({ list }) => list.objects !== undefined || list.problem !== undefined)
  const isKnown = joined.some(({ list }) => list.objects !== undefined)
  if (pending.isStale && isReady && isKnown) {
    pending.isStale = false
    // A list of which a part cannot be read is said to be so, each time it is sent.
    pending.problem ??= joined.find(({ list }) => list.problem)?.list.problem
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
  const { problem } = pending
  if (problem) {
    pending.problem = undefined
    yield { kind: 'failed', type, problem }
  }
}
