import { createLatestValue } from '../clusters/latest-value.ts'
import type { TaskHistory } from './task-history.ts'
import type { TaskLine } from '../../shared/contract/tasks.ts'

/** A task may print more than anybody reads; what is older than this many lines is only counted. */
const MAX_LINES = 20_000

/** The lines of one task: those of its earlier runs, and each later one. */
export interface TaskLog {
  readonly add: (line: TaskLine) => void
  /** On the disk, as far as it takes them. */
  readonly flush: () => Promise<void>
  /** All lines so far as the first batch, then what comes, until the log is closed or the signal aborts. */
  readonly watch: (signal: AbortSignal) => AsyncGenerator<readonly TaskLine[]>
  readonly close: () => void
}

export function openTaskLog(id: string, earlier: readonly TaskLine[], history: TaskHistory): TaskLog {
  const lines = [...earlier]
  const change = createLatestValue(0)
  const end = new AbortController()
  let unsaved: TaskLine[] = []
  let saving: Promise<void> | undefined

  async function save(): Promise<void> {
    while (unsaved.length > 0) {
      const batch = unsaved
      unsaved = []
      // The work continues where the disk does not take its log; the window has the lines.
      await history
        .append(id, batch)
        .catch((error: unknown) => console.warn(`The log of task ${id} is not kept`, error))
    }
    saving = undefined
  }

  return {
    add(line) {
      if (lines.length > MAX_LINES) return
      const kept =
        lines.length === MAX_LINES
          ? ({ ...line, stream: 'note', text: `More than ${MAX_LINES} lines: the rest is not kept` } as const)
          : line
      lines.push(kept)
      unsaved.push(kept)
      saving ??= save()
      change.set(lines.length)
    },
    flush: async () => {
      await saving
    },
    close: () => end.abort(),
    async *watch(signal) {
      let seen = 0
      for await (const length of change.watch(AbortSignal.any([signal, end.signal]))) {
        if (length === 0 && lines.length === 0) continue
        yield lines.slice(seen)
        seen = lines.length
      }
      if (!signal.aborted && seen < lines.length) yield lines.slice(seen)
    },
  }
}
