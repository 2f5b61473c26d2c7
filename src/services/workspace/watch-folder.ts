import { watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { FolderEntry, FolderSnapshot } from '../../shared/contract/workspace.ts'
import { diskProblem } from './disk-problem.ts'
import { resolvePath } from './files.ts'

const MOST_FILES = 5_000
/** Programs save in several steps; one listing is enough for all that comes within this time. */
const SETTLE = 100
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.git', '.terraform', 'vendor'])

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

async function listFolder(root: string): Promise<FolderSnapshot> {
  const files: FolderEntry[] = []
  const folders = [root]
  const closed: string[] = []
  let isFull = false
  for (let folder = folders.pop(); folder !== undefined && !isFull; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      // A folder below may be gone by now, or closed to us; what is closed is told as left out.
      if (folder === root || !['ENOENT', 'EACCES', 'EPERM'].includes(codeOf(error))) throw error
      if (codeOf(error) !== 'ENOENT') closed.push(folder)
      return []
    })
    // Symbolic links are not followed: they may lead in a circle or out of the folder.
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path)
      if (!entry.isFile() || !/\.ya?ml$/i.test(entry.name)) continue
      isFull = files.length >= MOST_FILES
      if (isFull) break
      const found = await stat(path).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
        return undefined
      })
      if (found) files.push({ path: relative(root, path).split(sep).join('/'), size: found.size })
    }
  }
  return {
    path: root,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    isCut: isFull || closed.length > 0,
  }
}

/** The YAML files of a folder: now, and again after each change below it. */
export async function* watchFolder(asked: string, signal: AbortSignal): AsyncGenerator<FolderSnapshot> {
  const root = resolvePath(asked)
  let hasChanged = true
  let failure: Error | undefined
  let wake = (): void => {}
  let watcher: ReturnType<typeof watch> | undefined
  try {
    watcher = watch(root, { recursive: true, signal }, () => {
      hasChanged = true
      setTimeout(() => wake(), SETTLE)
    })
    watcher.on('error', error => {
      failure = error
      wake()
    })
    signal.addEventListener('abort', () => wake(), { once: true })
    const isAborted = (): boolean => signal.aborted
    while (!isAborted()) {
      if (failure !== undefined) throw failure
      if (hasChanged) {
        hasChanged = false
        yield await listFolder(root)
      } else await new Promise<void>(resolve => (wake = resolve))
    }
  } catch (error) {
    if (!signal.aborted) throw diskProblem(`The folder ${root} could not be read`, error)
  } finally {
    watcher?.close()
  }
}
