import { ref, type Ref } from 'vue'
import { fitInto } from './fit-into.ts'
import type { Box } from './place-labels.ts'

/** How far an arrow key moves the picture. */
const PAN = 40

/** Which part of the graph a canvas shows, moved and zoomed by pointer, wheel and keys. */
export function useGraphView(canvas: Readonly<Ref<SVGSVGElement | null>>, boxes: () => readonly Box[]) {
  const view = ref({ x: 0, y: 0, scale: 1 })
  let hasMoved = false

  function fit(): void {
    const box = canvas.value?.getBoundingClientRect()
    if (!box || boxes().length === 0) return
    view.value = fitInto(box, boxes())
  }

  function fitAgain(): void {
    hasMoved = false
    fit()
  }

  function zoom(factor: number, at?: { x: number; y: number }): void {
    hasMoved = true
    const box = canvas.value?.getBoundingClientRect()
    const { x, y, scale } = view.value
    const next = Math.max(0.15, Math.min(2.5, scale * factor))
    const point = at ?? { x: (box?.width ?? 0) / 2, y: (box?.height ?? 0) / 2 }
    view.value = {
      scale: next,
      x: point.x - ((point.x - x) * next) / scale,
      y: point.y - ((point.y - y) * next) / scale,
    }
  }

  function wheel(event: WheelEvent): void {
    hasMoved = true
    const box = canvas.value?.getBoundingClientRect()
    if (event.ctrlKey || event.metaKey)
      zoom(Math.exp(-event.deltaY / 300), {
        x: event.clientX - (box?.left ?? 0),
        y: event.clientY - (box?.top ?? 0),
      })
    else view.value = { ...view.value, x: view.value.x - event.deltaX, y: view.value.y - event.deltaY }
  }

  function drag(event: PointerEvent): void {
    if (event.button !== 0 || !canvas.value) return
    const element = canvas.value
    const start = { ...view.value, left: event.clientX, top: event.clientY }
    const move = (moved: PointerEvent): void => {
      hasMoved = true
      view.value = {
        ...view.value,
        x: start.x + moved.clientX - start.left,
        y: start.y + moved.clientY - start.top,
      }
    }
    const stop = new AbortController()
    window.addEventListener('pointermove', move, { signal: stop.signal })
    window.addEventListener('pointerup', () => stop.abort(), { signal: stop.signal })
    element.focus()
  }

  function press(event: KeyboardEvent): void {
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [PAN, 0],
      ArrowRight: [-PAN, 0],
      ArrowUp: [0, PAN],
      ArrowDown: [0, -PAN],
    }
    const by = moves[event.key]
    if (by) hasMoved = true
    if (by) view.value = { ...view.value, x: view.value.x + by[0], y: view.value.y + by[1] }
    else if (event.key === '+' || event.key === '=') zoom(1.2)
    else if (event.key === '-') zoom(1 / 1.2)
    else if (event.key === '0') fitAgain()
    else return
    event.preventDefault()
  }

  return {
    view,
    fit,
    fitAgain,
    fitUnlessMoved: (): void => {
      if (!hasMoved) fit()
    },
    forgetMoves: (): void => {
      hasMoved = false
    },
    zoom,
    wheel,
    drag,
    press,
  }
}
