import { onMounted, onScopeDispose, ref, type Ref } from 'vue'

/** Whether an element is lower than a height in pixels, while it is shown; only inside `setup`. */
export function useIsLow(element: Readonly<Ref<HTMLElement | null>>, heightPx: number): Ref<boolean> {
  const isLow = ref(false)
  const sizes = new ResizeObserver(([entry]) => {
    if (entry) isLow.value = entry.contentRect.height < heightPx
  })
  onMounted(() => {
    if (element.value) sizes.observe(element.value)
  })
  onScopeDispose(() => sizes.disconnect())
  return isLow
}
