import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isRunning } from '../storage/process-identity.ts'
import { unfinishedBy, unfinishedPath } from './write-atomically.ts'

/** Removes a file that a killed process of ours has left half written beside the user's own. */
export async function removeIfUnfinished(path: string): Promise<void> {
  const pid = unfinishedBy(basename(path))
  if (pid === undefined || isRunning(pid)) return
  await rm(path, { force: true }).catch((error: unknown) =>
    console.warn(`${path} could not be removed`, error),
  )
}

/** Removes what killed processes have left of one file. */
export async function removeUnfinishedOf(path: string): Promise<void> {
  const entries = await readdir(dirname(path)).catch(() => [])
  for (const name of entries) {
    const pid = unfinishedBy(name)
    if (pid !== undefined && basename(unfinishedPath(path, pid)) === name)
      await removeIfUnfinished(join(dirname(path), name))
  }
}
