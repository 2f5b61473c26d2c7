import { ProblemError } from '../../domain/problem.ts'
import { decodeText } from './decode-text.ts'
import { diskProblem } from './disk-problem.ts'
import { readRegularFile } from './read-regular-file.ts'

const MAX_BYTES = 50 * 1024 * 1024

/** The text of a manifest that the user named for a task. */
export async function readManifestFile(path: string): Promise<string> {
  try {
    return decodeText((await readRegularFile(path, MAX_BYTES)).bytes, path)
  } catch (error) {
    throw error instanceof ProblemError ? error : diskProblem(`${path} could not be read`, error)
  }
}
