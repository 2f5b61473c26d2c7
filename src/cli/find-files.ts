import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ProblemError } from '../domain/problem.ts'

/** `-` as a path: standard input. */
export const STANDARD_INPUT = '-'

const MAX_DEPTH = 64
const MAX_ENTRIES = 200_000

const isManifestName = (name: string): boolean => /\.(?:ya?ml|json)$/i.test(name)

/** Whether a file holds route tests, by its name. */
export const isRouteTestName = (name: string): boolean => /\.routes\.ya?ml$/i.test(name)

/**
 * The YAML and JSON files under some paths, in the order given and by name inside a folder. A file that is named
 * itself is taken whatever it is called. Folders that begin with a dot, and `node_modules`, are passed over.
 */
export async function findFiles(paths: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>()
  const visited = new Set<string>()
  let entries = 0
  const visit = async (path: string, isNamed: boolean, depth = 0): Promise<void> => {
    const found = await stat(path).catch((error: unknown) => {
      // A broken link inside a folder is no file of the user's.
      if (isNamed) throw unreadable(path, error)
      return undefined
    })
    if (found === undefined) return
    if (!found.isDirectory()) {
      // A pipe or device is refused when it is read, where the user named it; in a folder it is no file of the user's.
      if (isNamed || (found.isFile() && isManifestName(path))) files.add(path)
      return
    }
    const real = await realpath(path)
    if (visited.has(real)) return
    visited.add(real)
    const names = await readdir(path).catch((error: unknown) => {
      throw unreadable(path, error)
    })
    entries += names.length
    if (depth > MAX_DEPTH || entries > MAX_ENTRIES) throw tooLarge(path)
    for (const name of names.toSorted())
      if (!name.startsWith('.') && name !== 'node_modules') await visit(join(path, name), false, depth + 1)
  }
  for (const path of paths)
    if (path === STANDARD_INPUT) files.add(path)
    else await visit(path, true)
  return [...files]
}

/** Nothing is left out in silence: a folder that is too large is no input. */
const tooLarge = (path: string): ProblemError =>
  new ProblemError({
    code: 'bad-input',
    message: `${path}: the folder has more than ${MAX_ENTRIES} entries, or more than ${MAX_DEPTH} levels`,
    hint: 'Name the folders with manifests one by one',
  })

/** A file that cannot be read, in words. */
export function unreadable(path: string, error: unknown): ProblemError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const why =
    code === 'ENOENT'
      ? 'there is no such file or folder'
      : code === 'EACCES'
        ? "you don't have permission to read it"
        : error instanceof Error
          ? error.message
          : String(error)
  return new ProblemError({ code: 'not-found', message: `${path}: ${why}` })
}
