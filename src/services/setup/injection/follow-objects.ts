import { ProblemError, toProblem, type Problem } from '../../../domain/problem.ts'
import type { KubernetesObject, ResourceType } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { Backend } from '../../../shared/contract.ts'
import { pause } from '../../clusters/pause.ts'

/** What is known of one type. */
export interface FollowedList {
  readonly objects: ReadonlyMap<string, KubernetesObject>
  readonly problem?: Problem
}

/** By the type's plural name. */
export type FollowedLists = ReadonlyMap<string, FollowedList>

/** A cluster of 10,000 pods changes all the time: one look for all that came within this time. */
const SETTLE_MS = 400

/** Live copies of several types, yielded together once each has been read or has failed. */
export async function* followObjects(
  resources: Pick<Backend, 'watchResources'>,
  context: string,
  types: readonly ResourceType[],
  signal: AbortSignal,
): AsyncGenerator<FollowedLists> {
  const lists = new Map<string, { objects: Map<string, KubernetesObject>; problem?: Problem }>()
  const stop = new AbortController()
  const over = AbortSignal.any([signal, stop.signal])
  let isDirty = false as boolean
  let wake = (): void => {}
  /** How reading ended, once it has. */
  const ends: (Error | undefined)[] = []
  const read = async (): Promise<void> => {
    for await (const event of resources.watchResources(
      { context, types: [...types], namespaces: [] },
      over,
    )) {
      const { plural } = event.type
      const list = lists.get(plural) ?? { objects: new Map<string, KubernetesObject>() }
      lists.set(plural, list)
      if (event.kind === 'failed') list.problem = event.problem
      else {
        delete list.problem
        if (event.kind === 'snapshot') list.objects.clear()
        for (const object of event.kind === 'snapshot' ? event.items : event.put)
          list.objects.set(
            object.metadata.uid ?? `${object.metadata.namespace}/${object.metadata.name}`,
            object,
          )
        if (event.kind === 'changes') for (const uid of event.removed) list.objects.delete(uid)
      }
      isDirty = true
      wake()
    }
  }
  const reading = read().then(
    () => ends.push(undefined),
    (error: unknown) => ends.push(new ProblemError(toProblem(error), { cause: error })),
  )
  void reading.then(() => wake())
  try {
    while (!signal.aborted) {
      if (!isDirty || lists.size < types.length) {
        if (ends.length > 0) break
        await new Promise<void>(resolve => (wake = resolve))
        continue
      }
      isDirty = false
      yield lists
      await pause(SETTLE_MS, signal)
    }
  } finally {
    stop.abort()
    await reading
  }
  const [failure] = ends
  if (failure && !signal.aborted) throw failure
}
