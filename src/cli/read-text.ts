import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { decodeText } from '../services/workspace/decode-text.ts'
import { STANDARD_INPUT, unreadable } from './find-files.ts'

/** The text of a file, or of standard input for `-`, in UTF-8 or UTF-16, without a byte order mark. */
export async function readText(path: string): Promise<string> {
  const bytes =
    path === STANDARD_INPUT
      ? await buffer(process.stdin)
      : await readFile(path).catch((error: unknown) => {
          throw unreadable(path, error)
        })
  return decodeText(bytes, fileTitle(path))
}

/** How messages name a file. */
export const fileTitle = (path: string): string => (path === STANDARD_INPUT ? 'standard input' : path)
