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

async function listFolder(root: string): Promise<FolderSnapshot> {
  const files: FolderEntry[] = []
  const folders = [root]
  let isCut = false
  for (let folder = folders.pop(); folder !== undefined && !isCut; folder = folders.pop()) {
    // Symbolic links are not followed: they may lead in a circle or out of the folder.
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path)
      if (!entry.isFile() || !/\.ya?ml$/i.test(entry.name)) continue
      isCut = files.length >= MOST_FILES
      if (isCut) break
      const { size } = await stat(path)
      files.push({ path: relative(root, path).split(sep).join('/'), size })
    }
  }
  return { path: root, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), isCut }
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
