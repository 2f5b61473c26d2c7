import { join } from 'node:path'
import type { Problem } from '../../domain/problem.ts'
import { changeKey, changeOf, type LoggedChange } from './change-log.ts'
import type { Disk, GrowingFile } from './disk.ts'
import type { MemoryStore } from './memory-store.ts'

/** Keeps the objects of the playground on the disk. */
export interface Keeper {
  /** Resolves when everything that the store holds now is on the disk, or is told to be kept nowhere. */
  readonly commit: () => Promise<void>
  /** Writes everything anew. */
  readonly rewrite: () => Promise<void>
  /** Why nothing is kept; undefined while everything is. */
  readonly problem: () => Problem | undefined
  readonly stop: () => Promise<void>
}

export const CONTENTS = 'objects.json'
export const LOG = 'objects.log'

/** What nobody waits for, such as the status of workloads, is written together. */
const LATER_MS = 2_000
/** A disk that fails is tried again. */
const RETRY_MS = 10_000
/** A longer log takes longer to read than the contents. */
const MAX_LOG_CHARACTERS = 8_000_000

/**
 * Writes each change to a log, flushed before it is acknowledged: all that wait at one time are flushed together. The
 * contents as a whole are written now and then, and the log begins anew.
 */
export function keepContents({
  store,
  folder,
  disk,
  onProblem,
}: {
  readonly store: MemoryStore
  readonly folder: string
  readonly disk: Disk
  readonly onProblem: (problem: Problem | undefined) => void
}): Keeper {
  /** By object: of many changes of one only the last counts. */
  const pending = new Map<string, LoggedChange>()
  let log: GrowingFile | undefined
  let logCharacters = 0
  let mustRewrite = true
  let problem: Problem | undefined
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined
  let later: NodeJS.Timeout | undefined
  let isStopped = false

  const unsubscribe = store.subscribe(event => {
    const change = changeOf(event)
    const key = changeKey(change)
    // Behind the others: lines are in the order of their versions.
    pending.delete(key)
    pending.set(key, change)
    flushLater(LATER_MS)
  })
  function flushLater(delayMs: number): void {
    if (isStopped) return
    later ??= setTimeout(() => void flush(), problem === undefined ? delayMs : RETRY_MS)
  }

  async function write(): Promise<void> {
    clearTimeout(later)
    later = undefined
    const taken = [...pending.values()]
    pending.clear()
    try {
      log ??= await disk.openGrowing(join(folder, LOG))
      if (mustRewrite || logCharacters > MAX_LOG_CHARACTERS) {
        // The contents hold what was taken; what comes meanwhile has a higher version and goes to the log.
        const contents = JSON.stringify({ version: 1, ...store.contents() })
        await disk.write(join(folder, CONTENTS), contents)
        await log.clear()
        logCharacters = 0
        mustRewrite = false
      } else if (taken.length > 0) {
        const text = taken.map(change => `${JSON.stringify(change)}\n`).join('')
        await log.append(text)
        await log.sync()
        logCharacters += text.length
      }
      if (problem !== undefined) onProblem((problem = undefined))
    } catch (error) {
      // Half a line may stand in the log, and what was taken stands nowhere.
      mustRewrite = true
      const isNew = problem === undefined
      problem = notKept(folder, error)
      if (isNew) onProblem(problem)
      flushLater(RETRY_MS)
    }
  }
  /** One write at a time; those that come while it runs share the next one. */
  function flush(): Promise<void> {
    if (running === undefined) {
      running = write().finally(() => (running = undefined))
      return running
    }
    queued ??= running.then(() => {
      queued = undefined
      return flush()
    })
    return queued
  }

  return {
    // A disk that fails must not slow down what goes on in memory.
    commit: () =>
      problem === undefined && pending.size + (mustRewrite ? 1 : 0) > 0
        ? flush()
        : (running ?? Promise.resolve()),
    async rewrite() {
      mustRewrite = true
      await flush()
    },
    problem: () => problem,
    async stop() {
      unsubscribe()
      isStopped = true
      clearTimeout(later)
      mustRewrite = true
      await flush()
      await log?.close()
    },
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota on the disk is used up',
  EROFS: 'the disk is read-only',
  EACCES: "you don't have permission to write there",
  EPERM: "you don't have permission to write there",
}

/** The playground goes on, and forgets at its end. */
export function notKept(folder: string, error: unknown): Problem {
  const raw = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return {
    code: 'not-kept',
    message: `Nothing of the playground is kept in ${folder}: ${REASONS[code] ?? raw}`,
    hint: 'It goes on, and forgets its changes when it ends. It is written as soon as the disk takes it.',
    raw,
  }
}
