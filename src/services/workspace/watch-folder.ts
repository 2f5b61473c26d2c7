import { watch, type FSWatcher } from 'node:fs'
import type { FolderSnapshot } from '../../shared/contract/workspace.ts'
import { diskProblem } from './disk-problem.ts'
import { listFolder } from './list-folder.ts'

/** Programs save in several steps; one listing is enough for all that comes within this time. */
const SETTLE_MS = 100

/** The YAML files of a folder, as the user named it: now, and again after each change below it. */
export async function* watchFolder(
  path: string,
  root: string,
  signal: AbortSignal,
): AsyncGenerator<FolderSnapshot> {
  let hasChanged = true
  let wake = (): void => {}
  const watchers = new Map<string, FSWatcher>()
  const changed = (): void => {
    hasChanged = true
    setTimeout(() => wake(), SETTLE_MS)
  }
  const unwatch = (folder: string): void => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }
  /** Folder by folder: Node's recursive watch on Linux has no bounds of its own. */
  const follow = (folder: string): void => {
    if (watchers.has(folder)) return
    try {
      const watcher = watch(folder, changed)
      watchers.set(folder, watcher)
      watcher.on('error', () => {
        unwatch(folder)
        changed()
      })
    } catch (error) {
      // The listing says what is wrong with the folder; where the system has no watch left, it is just not followed.
      console.warn(`${folder} is not followed`, error)
    }
  }
  const onAbort = (): void => wake()
  signal.addEventListener('abort', onAbort, { once: true })
  const isAborted = (): boolean => signal.aborted
  try {
    while (!isAborted()) {
      if (!hasChanged) {
        await new Promise<void>(resolve => (wake = resolve))
        continue
      }
      hasChanged = false
      const seen = new Set<string>()
      const snapshot = await listFolder(root, folder => {
        seen.add(folder)
        follow(folder)
      })
      for (const folder of [...watchers.keys()]) if (!seen.has(folder)) unwatch(folder)
      yield { ...snapshot, path }
    }
  } catch (error) {
    if (!isAborted()) throw diskProblem(`The folder ${path} could not be read`, error)
  } finally {
    signal.removeEventListener('abort', onAbort)
    for (const watcher of watchers.values()) watcher.close()
  }
}
