import { ref, type Ref } from 'vue'

const format = 'application/x-mesh-workbench-item'

/**
 * Moving a card of a list by drag and by Alt and an arrow. `list` names the list, so that a card is dropped only among
 * its own.
 */
export function useReorder(
  list: () => string,
  place: () => { readonly index: number; readonly count: number },
  move: (from: number, to: number) => void,
): {
  readonly isTarget: Ref<boolean>
  /** For the handle. */
  readonly grab: (event: DragEvent) => void
  /** Listeners for the card as a whole. */
  readonly listeners: Readonly<Record<string, (event: never) => void>>
} {
  const isTarget = ref(false)
  const type = (): string =>
    `${format}-${list()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '-')}`

  function press(event: KeyboardEvent): void {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    const { index, count } = place()
    const to = index + (event.key === 'ArrowUp' ? -1 : 1)
    if (to >= 0 && to < count) move(index, to)
  }

  return {
    isTarget,
    grab: event => event.dataTransfer?.setData(type(), String(place().index)),
    listeners: {
      keydown: press,
      dragover: (event: DragEvent) => {
        if (event.dataTransfer?.types.includes(type()) !== true) return
        event.preventDefault()
        isTarget.value = true
      },
      dragleave: () => (isTarget.value = false),
      drop: (event: DragEvent) => {
        isTarget.value = false
        const from = event.dataTransfer?.getData(type()) ?? ''
        if (from !== '' && Number(from) !== place().index) move(Number(from), place().index)
      },
    },
  }
}
