import { computed, shallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'

export interface ListedProblem {
  readonly problem: Problem
  readonly severity: 'error' | 'warning' | 'info'
  /** What it is about: an object, a file, a context. */
  readonly subject: string
  readonly open?: () => void
}

const bySource = shallowRef<ReadonlyMap<string, readonly ListedProblem[]>>(new Map())

/** Everything the Problems panel lists. */
export const problems = computed<readonly ListedProblem[]>(() => [...bySource.value.values()].flat())

/** Replaces what one source (an open text, a view) found; an empty list takes it away. */
export function setProblems(source: string, found: readonly ListedProblem[]): void {
  const next = new Map(bySource.value)
  if (found.length === 0) next.delete(source)
  else next.set(source, found)
  bySource.value = next
}
