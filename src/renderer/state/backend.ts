import { shallowRef } from 'vue'

/** False once the connection between window and backend is gone; only a reload makes a new one. */
export const isBackendOpen = shallowRef(true)

export function tellBackendClosed(): void {
  isBackendOpen.value = false
}
