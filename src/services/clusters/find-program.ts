import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Host } from '../host.ts'
import { resolveLinks } from './credential-files.ts'

/** A program as it was asked for and as what it is: it is run by its real path, and told the name it was found under. */
export interface FoundProgram {
  readonly name: string
  /** Absolute and without symbolic links; the name itself where the program is not found. */
  readonly path: string
}

export async function findProgram(command: string, env: Host['env']): Promise<FoundProgram> {
  const name = await findOnPath(command, env)
  return { name, path: isAbsolute(name) ? await resolveLinks(name) : name }
}

async function findOnPath(command: string, env: Host['env']): Promise<string> {
  if (isAbsolute(command) || command === '') return command
  const extensions = process.platform === 'win32' ? ['.exe', '.com', ''] : ['']
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    // Relative entries of PATH would make the program depend on the working folder: Go refuses them too.
    if (!isAbsolute(folder)) continue
    for (const extension of extensions) {
      const path = join(folder, command + extension)
      try {
        await access(path, constants.X_OK)
        // A folder may be entered, which counts as executable.
        if ((await stat(path)).isFile()) return path
      } catch {
        // Not in this folder: the next one.
      }
    }
  }
  return command
}
