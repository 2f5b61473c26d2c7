import { effectScope, onScopeDispose, shallowRef, watch } from 'vue'
import type { Trace } from '../../domain/traces/trace.ts'
import { useApi } from './api.ts'
import { connection, context } from './contexts.ts'
import { readRecentTraces, WINDOW_MS, type RecentTraces } from './read-traces.ts'

const REFRESH_MS = 15_000

/** The traces of the last minutes of the chosen context; undefined until they are read. */
export const recentTraces = shallowRef<RecentTraces>()

const MAX_TRACES = 3_000

/** The traces with those that were read before, as far as they are of the last minutes: more of them say more. */
function withEarlier(fresh: readonly Trace[], earlier: readonly Trace[]): readonly Trace[] {
  const startOf = ({ spans }: Trace): number => spans[0]?.start ?? 0
  const newest = Math.max(0, ...fresh.map(startOf))
  const all = new Map(
    earlier.filter(trace => startOf(trace) >= newest - WINDOW_MS * 1000).map(trace => [trace.id, trace]),
  )
  for (const trace of fresh) all.set(trace.id, trace)
  return [...all.values()].slice(-MAX_TRACES)
}

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
          recentTraces.value = {
            ...found,
            traces: withEarlier(found.traces, recentTraces.value?.traces ?? []),
          }
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
