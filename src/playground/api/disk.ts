import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file that grows. */
export interface GrowingFile {
  append(text: string): Promise<void>
  /** On the disk when it returns. */
  sync(): Promise<void>
  /** Empty again. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** What the playground needs of a disk; a test puts one in that is full or breaks. */
export interface Disk {
  /** Undefined where there is no such file. */
  read(path: string): Promise<string | undefined>
  /** All or nothing, and on the disk when it returns. */
  write(path: string, text: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  openGrowing(path: string): Promise<GrowingFile>
}

const OWNER_ONLY = 0o600

/** The real disk. Everything is the user's own. */
export const realDisk: Disk = {
  async read(path) {
    try {
      return await readFile(path, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  },
  async write(path, text) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    // Named as all unfinished files of the app are: what a killed process leaves is removed at the next start.
    const beside = `${path}.${randomBytes(2).readUInt16BE().toString()}.${String(process.pid)}.new`
    try {
      const file = await open(beside, 'w', OWNER_ONLY)
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
  },
  rename: (from, to) => rename(from, to),
  async openGrowing(path) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a', OWNER_ONLY)
    return {
      append: async text => {
        await file.writeFile(text)
      },
      sync: () => file.datasync(),
      clear: async () => {
        await file.truncate(0)
        await file.sync()
      },
      close: () => file.close(),
    }
  },
}
