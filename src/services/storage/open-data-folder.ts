import { join } from 'node:path'
import { endLeftoverPrograms } from '../tasks/process-records.ts'
import { lockFolder, type FolderLock, type OwnerKind } from './folder-lock.ts'
import { removeLeftovers } from './leftover-files.ts'
import { createStorageReports, type StorageReports } from './storage-reports.ts'

/** A data folder that this process owns. */
export interface DataFolder {
  readonly reports: StorageReports
  readonly lock: Pick<FolderLock, 'tellAddress'>
  /** Lets another process have it. */
  readonly close: () => void
}

/**
 * Takes the data folder, or throws `in-use` with who has it, and clears up behind an owner that was killed: programs of
 * its tasks, and files that it had not finished. A folder that cannot be written is no reason not to start: it is told.
 */
export async function openDataFolder(dataFolder: string, kind: OwnerKind): Promise<DataFolder> {
  const lock = await lockFolder(dataFolder, kind)
  const reports = createStorageReports()
  reports.set('data-folder', lock.problem)
  await removeLeftovers(dataFolder)
  try {
    for (const name of await endLeftoverPrograms(join(dataFolder, 'tasks', 'processes')))
      reports.report({
        code: 'cancelled',
        message: `${name} was still running since Mesh Workbench ended unexpectedly. It was stopped.`,
        hint: 'Its task can be resumed in the activity panel.',
      })
  } catch (error) {
    console.warn('Programs of the last run could not be looked for', error)
  }
  return { reports, lock, close: () => lock.release() }
}
