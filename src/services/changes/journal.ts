import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from '../../shared/contract/changes.ts'
import { createLatestValue } from '../clusters/latest-value.ts'
import { readStoredFolder, type OnDamaged } from '../storage/stored-json.ts'
import { diskProblem } from '../workspace/disk-problem.ts'
import { writeAtomically } from '../workspace/write-atomically.ts'
import { openValueStore, type ValueStore } from './value-store.ts'

const KEPT = 500

export interface Journal {
  /** Newest first. */
  list(): Promise<readonly JournalEntry[]>
  find(id: string): Promise<JournalEntry | undefined>
  /** On the disk when it returns. */
  write(entry: JournalEntry): Promise<void>
  watch(signal: AbortSignal): AsyncGenerator<JournalEntry[]>
  newId(): string
  /** Values of Secrets, which are in no entry. They go when their entry goes. */
  readonly values: ValueStore
}

const isEntry = (value: unknown): value is JournalEntry =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'at' in value &&
  typeof value.at === 'number' &&
  'steps' in value &&
  Array.isArray(value.steps)

/**
 * An entry that was running when the app ended: the first step without an answer may have been carried out, those
 * behind it were not sent.
 */
function closeEntry(entry: JournalEntry): JournalEntry {
  if (entry.state !== 'running') return entry
  const unanswered = entry.steps.findIndex(({ outcome }) => outcome === 'waiting')
  const problem = {
    code: 'cancelled',
    message: 'The app closed before the server responded, so the change may have been applied',
    hint: 'Look at the object itself. A revert takes back what is there of it.',
  } as const
  return {
    ...entry,
    state: 'partly',
    steps: entry.steps.map((step, index) => {
      if (step.outcome !== 'waiting') return step
      return index === unanswered ? { ...step, outcome: 'failed', problem } : { ...step, outcome: 'skipped' }
    }),
  }
}

/** Every change that was sent to a cluster, one file each, readable by its owner only. */
export function openJournal(folder: string, onDamaged?: OnDamaged): Journal {
  const entries = createLatestValue<JournalEntry[]>([])
  let loaded: Promise<void> | undefined
  const pathOf = (id: string): string => join(folder, `${id}.json`)
  const values = openValueStore(`${folder}-values`)
  const drop = async (id: string): Promise<void> => {
    await values.drop(id)
    await rm(pathOf(id), { force: true })
  }

  async function read(): Promise<void> {
    const stored = await readStoredFolder(folder, {
      parse: value => (isEntry(value) ? value : undefined),
      what: 'journal entry',
      ...(onDamaged === undefined ? {} : { onDamaged }),
    })
    const found = stored.map(closeEntry)
    found.sort((a, b) => b.at - a.at)
    entries.set(found.slice(0, KEPT))
    await Promise.all(found.slice(KEPT).map(({ id }) => drop(id)))
  }
  const load = (): Promise<void> => {
    loaded ??= read()
    // A disk that failed once may work the next time.
    loaded.catch(() => (loaded = undefined))
    return loaded
  }

  return {
    async list() {
      await load()
      return entries.get()
    },
    async find(id) {
      await load()
      return entries.get().find(entry => entry.id === id)
    },
    async write(entry) {
      await load()
      const others = entries.get().filter(({ id }) => id !== entry.id)
      const isKnown = others.length < entries.get().length
      const all = [entry, ...others].sort((a, b) => b.at - a.at)
      // What became of a change that is known already is shown even where the disk does not take it.
      if (isKnown) entries.set(all)
      try {
        await writeAtomically(pathOf(entry.id), JSON.stringify(entry))
        entries.set(all.slice(0, KEPT))
        await Promise.all(all.slice(KEPT).map(({ id }) => drop(id)))
      } catch (error) {
        throw diskProblem('The journal could not be written', error)
      }
    },
    async *watch(signal) {
      await load()
      yield* entries.watch(signal)
    },
    newId: () => randomUUID(),
    values,
  }
}
