import { shallowRef, watch } from 'vue'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { beginHistory, changesBetween, extendHistory } from '../../domain/traces/watch-history.ts'
import { cluster } from './cluster.ts'
import { context } from './contexts.ts'

/** What the watches of the chosen context saw change since it was opened. */
export const watchHistory = shallowRef(beginHistory(Infinity))

/** Keeps what the watches see change until the returned function is called. */
export function followHistory(now: () => number = Date.now): () => void {
  let lists = new Map<string, readonly KubernetesObject[]>()
  /** Since when a list is not followed. */
  let gaps = new Map<string, number>()
  const stopContext = watch(
    context,
    () => {
      lists = new Map()
      gaps = new Map()
      watchHistory.value = beginHistory(Infinity)
    },
    { immediate: true, flush: 'sync' },
  )
  const stopCluster = watch(
    cluster,
    ({ objects, problems, isLoaded }) => {
      const at = now()
      // Until every list has come, a change of one that has not is not seen.
      if (isLoaded && watchHistory.value.knownSince === Infinity) watchHistory.value = beginHistory(at)
      for (const key of lists.keys())
        if ((!objects.has(key) || problems.has(key)) && !gaps.has(key)) gaps.set(key, at)
      const changes = [...objects].flatMap(([key, items]) => {
        const before = lists.get(key)
        if (problems.has(key)) return []
        const from = gaps.get(key)
        gaps.delete(key)
        lists.set(key, items)
        if (before === undefined || before === items) return []
        return changesBetween(before, items, { at, ...(from === undefined ? {} : { from }) })
      })
      if (changes.length > 0) watchHistory.value = extendHistory(watchHistory.value, changes, at)
    },
    { immediate: true },
  )
  return () => {
    stopContext()
    stopCluster()
  }
}
