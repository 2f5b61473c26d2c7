import { onScopeDispose, ref, type Ref } from 'vue'

const EVERY = 1_000
const now = ref(Date.now())
let readers = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The time, told once a second to everyone who shows ages; one timer for all, none where nobody reads. */
export function useNow(): Readonly<Ref<number>> {
  readers += 1
  now.value = Date.now()
  timer ??= setInterval(() => (now.value = Date.now()), EVERY)
  onScopeDispose(() => {
    readers -= 1
    if (readers > 0) return
    clearInterval(timer)
    timer = undefined
  })
  return now
}
