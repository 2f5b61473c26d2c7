import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ProblemError } from '../../../domain/problem.ts'

const SHA256 = /^[0-9a-f]{64}$/

/** The SHA-256 of a file, in lower case hexadecimal. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, signal ? { signal } : {})
  return hash.digest('hex')
}

/**
 * The checksum of one file in what a project publishes: the hash alone, or lines of `HASH  NAME` as sha256sum writes
 * them. A list without the file, or with two different hashes for it, says nothing: that is a problem, not a pass.
 */
export function readPublishedChecksum(text: string, file: string): string {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '')
  const [only = ''] = lines
  if (lines.length === 1 && SHA256.test(only.toLowerCase())) return only.toLowerCase()
  const found = new Set<string>()
  for (const line of lines) {
    // The name is behind one space and a space or a star (binary mode); some projects put a path before it.
    const [, hash = '', name = ''] = /^([0-9a-fA-F]{64})\s+\*?(\S.*)$/.exec(line) ?? []
    if (hash !== '' && name.replaceAll('\\', '/').split('/').at(-1) === file) found.add(hash.toLowerCase())
  }
  const [hash] = found
  if (hash !== undefined && found.size === 1) return hash
  throw new ProblemError({
    code: 'invalid',
    message: `The published checksums ${found.size === 0 ? 'do not name' : 'contradict each other for'} ${file}`,
    hint: 'Try another mirror, or import the file by hand.',
    raw: text.slice(0, 2_000),
  })
}

/** A hash that a person typed or pasted; undefined where it is none. */
export function readHash(text: string): string | undefined {
  const hash = text
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '')
  return SHA256.test(hash) ? hash : undefined
}
