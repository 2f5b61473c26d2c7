import { effectScope, onScopeDispose, shallowRef, watch } from 'vue'
import { useApi } from './api.ts'
import { connection, context } from './contexts.ts'
import { readRecentTraces, type RecentTraces } from './read-traces.ts'

const REFRESH_MS = 15_000

/** The traces of the last minutes of the chosen context; undefined until they are read. */
export const recentTraces = shallowRef<RecentTraces>()

let readers = 0
let stopReading = (): void => {}

function start(api: ReturnType<typeof useApi>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  // Of its own scope: it outlives the component that began it.
  const scope = effectScope(true)
  scope.run(() =>
    watch(
      [context, () => connection.value.kind],
      ([name, kind], _, onCleanup) => {
        recentTraces.value = undefined
        if (name === '' || kind !== 'live') return
        const stop = new AbortController()
        onCleanup(() => {
          stop.abort()
          clearTimeout(timer)
        })
        const read = async (): Promise<void> => {
          const found = await readRecentTraces(api, name, stop.signal)
          if (stop.signal.aborted) return
          recentTraces.value = found
          timer = setTimeout(() => void read(), REFRESH_MS)
        }
        void read()
      },
      { immediate: true },
    ),
  )
  return () => {
    scope.stop()
    clearTimeout(timer)
    recentTraces.value = undefined
  }
}

/** Reads traces again and again as long as one component that called this lives; only inside `setup`. */
export function useRecentTraces(): void {
  const api = useApi()
  readers += 1
  if (readers === 1) stopReading = start(api)
  onScopeDispose(() => {
    readers -= 1
    if (readers === 0) stopReading()
  })
}
