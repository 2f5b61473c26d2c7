import type { Box } from './place-labels.ts'

/** What the tools below the picture take. */
const TOOLS_PX = 56
const LOW_PX = 260
/** Smaller than this nothing can be read. */
const MIN_SCALE = 0.3
const MAX_SCALE = 1.1

/** How boxes are shifted and scaled to be seen whole in a pane, or from their start where they would be too small. */
export function fitInto(
  pane: { readonly width: number; readonly height: number },
  boxes: readonly Box[],
): { x: number; y: number; scale: number } {
  const left = Math.min(...boxes.map(({ x }) => x))
  const top = Math.min(...boxes.map(({ y }) => y))
  const width = Math.max(...boxes.map(box => box.x + box.width)) - left
  const height = Math.max(...boxes.map(box => box.y + box.height)) - top
  // In a low pane the tools lie over the picture: it would be too small to read above them.
  const foot = pane.height < LOW_PX ? 0 : TOOLS_PX
  const fitting = Math.min((pane.width - 48) / width, (pane.height - 32 - foot) / height)
  const scale = Math.max(MIN_SCALE, Math.min(MAX_SCALE, fitting))
  const center = (room: number, size: number, start: number): number =>
    (size * scale > room ? 16 : (room - size * scale) / 2) - start * scale
  return { scale, x: center(pane.width, width, left), y: center(pane.height - foot, height, top) }
}
