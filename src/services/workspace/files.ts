import { stat } from 'node:fs/promises'
import { ProblemError } from '../../domain/problem.ts'
import type { Backend } from '../../shared/contract.ts'
import type { FileText } from '../../shared/contract/workspace.ts'
import { decodeText } from './decode-text.ts'
import { diskProblem } from './disk-problem.ts'
import { resolvePath, type Grants } from './grants.ts'
import { createQueue } from './queue.ts'
import { assertRegular, readRegularFile } from './read-regular-file.ts'
import { removeUnfinishedOf } from './remove-unfinished.ts'
import { writeAtomically } from './write-atomically.ts'

/** Larger texts would hang an editor; manifests are far smaller. */
const MAX_BYTES = 20 * 1024 * 1024

/** The text of the file that a path leads to; `path` is how the user named it. */
async function readText(path: string, real: string): Promise<FileText> {
  const { bytes, modifiedAt } = await readRegularFile(real, MAX_BYTES)
  return { path, text: decodeText(bytes, path), modifiedAt }
}

/** Does something with a file; what the system says becomes a problem. */
async function guard<Result>(what: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw diskProblem(what, error)
  }
}

/** Files that the user names and lets the window have, read and written whole. */
export function createFiles(grants: Grants): Pick<Backend, 'readFile' | 'writeFile'> {
  const inOrder = createQueue()
  return {
    async readFile({ path: asked }) {
      const path = resolvePath(asked)
      return await guard(`${path} could not be read`, async () =>
        readText(path, await grants.resolveToRead(path)),
      )
    },
    async writeFile({ path: asked, text, modifiedAt }) {
      const path = resolvePath(asked)
      return await inOrder(path, () =>
        guard(`${path} could not be written`, async () => {
          // A link stays a link: what it leads to is what is replaced.
          const real = await grants.resolveToWrite(path)
          const present = await stat(real).catch(() => undefined)
          if (present) await assertRegular(real, present)
          if (present && (modifiedAt === null || present.mtimeMs !== modifiedAt))
            throw new ProblemError({
              code: 'conflict',
              message:
                modifiedAt === null
                  ? `${path} exists already`
                  : `${path} was changed by another program since it was opened`,
              hint: 'Load it from the disk, or overwrite it.',
            })
          await writeAtomically(real, text, present ? present.mode & 0o777 : 0o644)
          await removeUnfinishedOf(real)
          return await readText(path, real)
        }),
      )
    },
  }
}
