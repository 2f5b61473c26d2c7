import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TOOL_NAMES } from '../../../domain/setup/tools/tool-name.ts'
import type { UnconfirmedFile } from '../../../shared/contract/setup/tools.ts'
import { writeAtomically } from '../../workspace/write-atomically.ts'

/** Files that nobody vouches for, and wait until the user has compared their hash. They are not executable. */
export interface UnconfirmedFiles {
  readonly list: () => Promise<readonly UnconfirmedFile[]>
  /** `place`: where the file waits; the note stands beside it. */
  readonly note: (place: string, file: UnconfirmedFile) => Promise<void>
  /** Forgets the note and, with it, the file. */
  readonly drop: (place: string) => Promise<void>
  /** Forgets the note only. */
  readonly settle: (place: string) => Promise<void>
}

const NOTE = '.unconfirmed.json'

const isUnconfirmed = (value: unknown): value is UnconfirmedFile => {
  if (typeof value !== 'object' || value === null) return false
  const { tool, version, sha256, from, isImport } = value as Partial<Record<keyof UnconfirmedFile, unknown>>
  return (
    TOOL_NAMES.some(name => name === tool) &&
    typeof version === 'string' &&
    typeof sha256 === 'string' &&
    typeof from === 'string' &&
    typeof isImport === 'boolean'
  )
}

export function openUnconfirmedFiles(folder: string): UnconfirmedFiles {
  return {
    async list() {
      const names = await readdir(folder).catch(() => [])
      const found = await Promise.all(
        names
          .filter(name => name.endsWith(NOTE))
          .map(async name => {
            try {
              const note: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'))
              return isUnconfirmed(note) ? [note] : []
            } catch {
              // Half written or gone meanwhile: the file is asked about again at its next install.
              return []
            }
          }),
      )
      return found.flat()
    },
    async note(place, file) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeAtomically(`${place}${NOTE}`, JSON.stringify(file))
    },
    async drop(place) {
      await Promise.all([place, `${place}${NOTE}`].map(path => rm(path, { force: true })))
    },
    settle: place => rm(`${place}${NOTE}`, { force: true }),
  }
}
