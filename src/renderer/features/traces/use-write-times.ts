import { shallowRef, watch, type ShallowRef } from 'vue'
import { resourceKey, type ResourceId } from '../../../domain/kubernetes/kubernetes-object.ts'
import { writeTimes } from '../../../domain/traces/objects-at.ts'
import { useApi } from '../../state/api.ts'
import { findObject } from '../../state/cluster.ts'
import { context } from '../../state/contexts.ts'

/**
 * When the server wrote some objects, by `resourceKey`. The live lists come without that, so the objects are asked for,
 * again when they change; what cannot be read tells nothing.
 */
export function useWriteTimes(
  ids: () => readonly ResourceId[],
): Readonly<ShallowRef<ReadonlyMap<string, readonly number[]>>> {
  const api = useApi()
  const times = shallowRef<ReadonlyMap<string, readonly number[]>>(new Map())
  watch(
    () => JSON.stringify([context.value, ids().map(id => [id, findObject(id)?.metadata.resourceVersion])]),
    async (_, __, onCleanup) => {
      const stop = new AbortController()
      onCleanup(() => stop.abort())
      const read = ids().map(async id => {
        const live = findObject(id)
        if (live === undefined) return []
        const object = await api
          .readObject({ context: context.value, id: { ...id, apiVersion: live.apiVersion } }, stop.signal)
          .catch(() => undefined)
        return object === undefined ? [] : [[resourceKey(id), writeTimes(object)] as const]
      })
      const found = await Promise.all(read)
      if (!stop.signal.aborted) times.value = new Map(found.flat())
    },
    { immediate: true },
  )
  return times
}
