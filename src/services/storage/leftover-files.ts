import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unfinishedBy } from '../workspace/write-atomically.ts'

/** The lock is written so, and earlier releases named theirs so. */
const OTHERS = /^(?:.+\.\d+\.new|approved-commands\.json\.new|(?:objects|identity)\.json\.[0-9a-f]{8}\.tmp)$/

/** Folders of the data folder that hold files of ours, and nothing of anybody else's. */
const OWN_FOLDERS = [
  '.',
  'drafts',
  'journal',
  'journal-values',
  'tasks',
  'canaries',
  'playground',
  'lock',
  'tools',
  'tools/downloads',
  'processes',
]

/** Removes what a killed process has left half written. Only for the owner of the folder: nobody else writes there. */
export async function removeLeftovers(dataFolder: string): Promise<void> {
  for (const own of OWN_FOLDERS) {
    const folder = join(dataFolder, own)
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries)
      if (entry.isFile() && (unfinishedBy(entry.name) !== undefined || OTHERS.test(entry.name)))
        await rm(join(folder, entry.name), { force: true }).catch((error: unknown) =>
          console.warn(`${join(folder, entry.name)} could not be removed`, error),
        )
  }
}
