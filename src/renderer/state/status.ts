import { shallowRef } from 'vue'

export interface StatusFigure {
  readonly id: string
  /** As shown: `41 req/s`. */
  readonly text: string
  readonly title?: string
  readonly tone?: 'good' | 'warning' | 'bad'
}

/** Figures in the status bar beside the connection; set by whoever measures them. */
export const statusFigures = shallowRef<readonly StatusFigure[]>([])

/** Puts figures into the status bar; an empty list takes them away. */
export function showFigures(figures: readonly StatusFigure[]): void {
  statusFigures.value = figures
}
