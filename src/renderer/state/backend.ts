import { computed, shallowRef } from 'vue'
import type { Api } from '../../shared/contract.ts'

/**
 * Whether the backend answers: `silent` while a question to it stays open, `lost` while there is no connection and one is
 * tried, `ended` when the web shell does not know this tab's session.
 */
export type BackendState = 'open' | 'silent' | 'lost' | 'ended'

export const backendState = shallowRef<BackendState>('open')
/** False while the window and the backend do not hear each other: what the window shows may be old. */
export const isBackendOpen = computed(() => backendState.value === 'open')

/** Asked again after each wait: the compiler would otherwise remember the answer from before. */
const isState = (state: BackendState): boolean => backendState.value === state

const reopened = new Set<() => void>()

/** Calls back when the backend is there again, so that what ended with the connection begins anew. */
export function onBackendReopen(listener: () => void): () => void {
  reopened.add(listener)
  return () => reopened.delete(listener)
}

/** Only the connection to the backend says this. */
export function setBackendState(state: BackendState): void {
  const wasConnected = backendState.value === 'open' || backendState.value === 'silent'
  backendState.value = state
  if (state === 'open' && !wasConnected) for (const listener of [...reopened]) listener()
}

const PING_EVERY_MS = 5_000
const SILENT_AFTER_MS = 10_000

/** Asks the backend again and again whether it answers. Returns what stops it. */
export function watchBackend(
  api: Pick<Api, 'ping'>,
  { pingEveryMs = PING_EVERY_MS, silentAfterMs = SILENT_AFTER_MS } = {},
): () => void {
  const stopped = new AbortController()
  let isAsking = false
  async function ask(): Promise<void> {
    if (isAsking || !isState('open')) return
    isAsking = true
    const late = setTimeout(() => {
      if (isState('open')) setBackendState('silent')
    }, silentAfterMs)
    try {
      await api.ping(undefined, stopped.signal)
      if (isState('silent')) setBackendState('open')
    } catch {
      // A connection that closed says so itself.
    } finally {
      clearTimeout(late)
      isAsking = false
    }
  }
  const timer = setInterval(() => void ask(), pingEveryMs)
  return () => {
    clearInterval(timer)
    stopped.abort()
  }
}
