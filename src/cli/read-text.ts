import { buffer } from 'node:stream/consumers'
import { decodeText } from '../services/workspace/decode-text.ts'
import { ProblemError } from '../domain/problem.ts'
import { readRegularFile } from '../services/workspace/read-regular-file.ts'
import { STANDARD_INPUT, unreadable } from './find-files.ts'

/** A manifest of a whole cluster has some 100 MB; more is no manifest. */
const MAX_BYTES = 256 * 1024 * 1024

/** The text of a file, or of standard input for `-`, in UTF-8 or UTF-16, without a byte order mark. */
export async function readText(path: string): Promise<string> {
  const bytes =
    path === STANDARD_INPUT
      ? await buffer(process.stdin)
      : await readRegularFile(path, MAX_BYTES).then(
          file => file.bytes,
          (error: unknown) => {
            throw error instanceof ProblemError ? error : unreadable(path, error)
          },
        )
  return decodeText(bytes, fileTitle(path))
}

/** How messages name a file. */
export const fileTitle = (path: string): string => (path === STANDARD_INPUT ? 'standard input' : path)
