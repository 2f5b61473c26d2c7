import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { FolderEntry, FolderSnapshot } from '../../shared/contract/workspace.ts'
import { removeIfUnfinished } from './remove-unfinished.ts'

/** What one walk looks at, at most: a home folder has millions of entries. */
export interface WalkLimits {
  readonly maxFiles: number
  readonly maxFolders: number
  readonly maxEntries: number
  readonly maxDepth: number
}
export const WALK_LIMITS: WalkLimits = {
  maxFiles: 5_000,
  maxFolders: 2_000,
  maxEntries: 200_000,
  maxDepth: 32,
}

/** Folders that are large and hold no manifests of the user's; those that begin with a dot are passed over too. */
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'vendor'])

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** The YAML files below a folder, without what a killed process of ours has left half written; `onFolder` is called before each folder is read. */
export async function listFolder(
  root: string,
  onFolder: (folder: string) => void = () => {},
  { maxFiles, maxFolders, maxEntries, maxDepth } = WALK_LIMITS,
): Promise<FolderSnapshot> {
  const files: FolderEntry[] = []
  const folders = [{ path: root, depth: 0 }]
  let isCut = false
  let entriesSeen = 0
  for (let next = 0; next < folders.length; next++) {
    const { path: folder, depth } = folders[next] as (typeof folders)[number]
    onFolder(folder)
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      // A folder below may be gone by now, or closed to us; what is closed is told as left out.
      if (folder === root || !['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(codeOf(error))) throw error
      if (codeOf(error) !== 'ENOENT') isCut = true
      return []
    })
    entriesSeen += entries.length
    // Symbolic links are not followed: they may lead in a circle or out of the folder.
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isFile()) await removeIfUnfinished(path)
      if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue
      if (entry.isDirectory()) {
        if (depth + 1 > maxDepth || folders.length >= maxFolders) isCut = true
        else folders.push({ path, depth: depth + 1 })
      }
      // Only regular files: a pipe or a device named like a manifest is none.
      if (!entry.isFile() || !/\.ya?ml$/i.test(entry.name)) continue
      if (files.length >= maxFiles) {
        isCut = true
        break
      }
      const found = await stat(path).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
        return undefined
      })
      if (found) files.push({ path: relative(root, path).split(sep).join('/'), size: found.size })
    }
    if (entriesSeen > maxEntries) {
      isCut = true
      break
    }
  }
  return { path: root, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), isCut }
}
