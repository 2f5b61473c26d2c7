import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Where a file is written before it takes the other's place: hidden, and named so that nobody takes it for their own.
 * The process is in the name, so that what a killed one has left can be told from what is being written.
 */
export const unfinishedPath = (path: string, pid: number = process.pid): string =>
  join(dirname(path), `.${basename(path)}.mesh-workbench-${pid}.new`)

const UNFINISHED = /^\..+\.mesh-workbench-(?<pid>\d{1,10})\.new$/

/** The process that was writing a file of this name; undefined where it is none of ours. */
export function unfinishedBy(name: string): number | undefined {
  const pid = UNFINISHED.exec(name)?.groups?.['pid']
  return pid === undefined ? undefined : Number(pid)
}

/**
 * Writes a file so that a crash leaves the old text or the new one, never a part: beside it, flushed to the disk, renamed.
 * Readable by its owner only unless it was there with other rights.
 */
export async function writeAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const beside = unfinishedPath(path)
  // A process of the same id may have left one. What somebody else puts there, a link for example, is not followed.
  await rm(beside, { force: true })
  const file = await open(beside, 'wx', mode)
  try {
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}
