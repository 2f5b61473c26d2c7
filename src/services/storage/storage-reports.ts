import type { Problem } from '../../domain/problem.ts'
import { createLatestValue } from '../clusters/latest-value.ts'

/** What the user has to know of the data folder: damaged files that were set aside, and what is not kept. */
export interface StorageReports {
  /** Tells a damaged file. */
  readonly report: (problem: Problem) => void
  /** Tells a lasting state by name, and takes it back with undefined. */
  readonly set: (name: string, problem: Problem | undefined) => void
  readonly watch: (signal: AbortSignal) => AsyncGenerator<Problem[]>
}

/** More than anybody reads; a folder full of damaged files is one fault. */
const MOST = 50

export function createStorageReports(): StorageReports {
  const damaged = new Map<string, Problem>()
  const states = new Map<string, Problem>()
  const all = createLatestValue<Problem[]>([])
  const announce = (): void => all.set([...states.values(), ...damaged.values()])
  return {
    report(problem) {
      console.warn(problem.message)
      if (damaged.size >= MOST) return
      damaged.set(problem.message, problem)
      announce()
    },
    set(name, problem) {
      if (problem === undefined ? !states.delete(name) : states.get(name)?.message === problem.message) return
      if (problem !== undefined) {
        console.warn(problem.message)
        states.set(name, problem)
      }
      announce()
    },
    watch: signal => all.watch(signal),
  }
}
