import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { STANDARD_INPUT, unreadable } from './find-files.ts'

/** The text of a file, or of standard input for `-`, without a byte order mark. */
export async function readText(path: string): Promise<string> {
  const content =
    path === STANDARD_INPUT
      ? await text(process.stdin)
      : await readFile(path, 'utf8').catch((error: unknown) => {
          throw unreadable(path, error)
        })
  return content.startsWith('\ufeff') ? content.slice(1) : content
}

/** How messages name a file. */
export const fileTitle = (path: string): string => (path === STANDARD_INPUT ? 'standard input' : path)
