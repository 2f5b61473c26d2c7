import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ProblemError } from '../domain/problem.ts'

/** `-` as a path: standard input. */
export const STANDARD_INPUT = '-'

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
  const visit = async (path: string, isNamed: boolean): Promise<void> => {
    const found = await stat(path).catch((error: unknown) => {
      // A broken link inside a folder is no file of the user's.
      if (isNamed) throw unreadable(path, error)
      return undefined
    })
    if (found === undefined) return
    if (!found.isDirectory()) {
      if (isNamed || isManifestName(path)) files.add(path)
      return
    }
    const real = await realpath(path)
    if (visited.has(real)) return
    visited.add(real)
    const names = await readdir(path).catch((error: unknown) => {
      throw unreadable(path, error)
    })
    for (const name of names.toSorted())
      if (!name.startsWith('.') && name !== 'node_modules') await visit(join(path, name), false)
  }
  for (const path of paths)
    if (path === STANDARD_INPUT) files.add(path)
    else await visit(path, true)
  return [...files]
}

/** A file that cannot be read, in words. */
export function unreadable(path: string, error: unknown): ProblemError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const why =
    code === 'ENOENT'
      ? 'there is no such file or folder'
      : code === 'EACCES'
        ? 'you may not read it'
        : error instanceof Error
          ? error.message
          : String(error)
  return new ProblemError({ code: 'not-found', message: `${path}: ${why}` })
}
