import { readFile, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { Backend } from '../../shared/contract.ts'
import type { FileText } from '../../shared/contract/workspace.ts'
import { decodeText } from './decode-text.ts'
import { diskProblem } from './disk-problem.ts'
import { createQueue } from './queue.ts'
import { writeAtomically } from './write-atomically.ts'

/** Larger texts would hang an editor; manifests are far smaller. */
const LARGEST = 20 * 1024 * 1024

/** The path as the user meant it: `~` is the home folder; anything else must be absolute. */
export function resolvePath(path: string): string {
  const trimmed = path.trim()
  const resolved = trimmed === '~' || trimmed.startsWith('~/') ? join(homedir(), trimmed.slice(1)) : trimmed
  if (isAbsolute(resolved)) return resolved
  throw new ProblemError({
    code: 'bad-input',
    message: `${JSON.stringify(path)} is not a whole path`,
    hint: 'Write the path from the root, or from your home folder with ~/',
    at: 'path',
  })
}

async function readText(path: string): Promise<FileText> {
  try {
    const { size, mtimeMs } = await stat(path)
    if (size > LARGEST)
      throw new ProblemError({
        code: 'unsupported',
        message: `${path} has ${Math.round(size / 1_000_000)} MB; the editor opens up to 20 MB`,
        hint: 'Split it into smaller files.',
      })
    return { path, text: decodeText(await readFile(path), path), modifiedAt: mtimeMs }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw diskProblem(`${path} could not be read`, error)
  }
}

/** Files that the user names, read and written whole. */
export function createFiles(): Pick<Backend, 'readFile' | 'writeFile'> {
  const inOrder = createQueue()
  return {
    readFile: ({ path }) => readText(resolvePath(path)),
    writeFile: ({ path: asked, text, modifiedAt }) => {
      const path = resolvePath(asked)
      return inOrder(path, async () => {
        const present = await stat(path).catch(() => undefined)
        if (present && (modifiedAt === null || present.mtimeMs !== modifiedAt))
          throw new ProblemError({
            code: 'conflict',
            message:
              modifiedAt === null
                ? `${path} exists already`
                : `${path} was changed by another program since it was opened`,
            hint: 'Load it from the disk, or overwrite it.',
          })
        try {
          // A link stays a link: what it leads to is what is replaced.
          const target = present ? await realpath(path) : path
          await writeAtomically(target, text, present ? present.mode & 0o777 : 0o644)
        } catch (error) {
          throw diskProblem(`${path} could not be written`, error)
        }
        return readText(path)
      })
    },
  }
}
