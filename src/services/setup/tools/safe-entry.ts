import { ProblemError } from '../../../domain/problem.ts'

/** What may be unpacked at most: istioctl 1.31 has 170 MB. */
export const UNPACK_LIMITS = { bytes: 512 * 1024 * 1024, entries: 1_000 } as const

const reject = (why: string): ProblemError =>
  new ProblemError({
    code: 'invalid',
    message: `The archive is not one of a tool: ${why}`,
    hint: 'Do not use it. Download it again from its project.',
  })

/** Checks an archive as a whole, entry by entry. One bad entry is an attack, so nothing of the archive is used. */
export function createEntryCheck(
  limits: { readonly bytes: number; readonly entries: number } = UNPACK_LIMITS,
): (entry: {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
  readonly size: number
}) => string {
  const seen = new Set<string>()
  let bytes = 0
  return ({ name, kind, size }) => {
    const shown = JSON.stringify(name.slice(0, 200))
    if (kind === 'other') throw reject(`${shown} is a link or a device`)
    // A backslash is a separator on Windows, and a colon begins a drive or a stream.
    if (/^[/\\]|^[A-Za-z]:|[\0:]/.test(name)) throw reject(`${shown} is not a path inside of it`)
    const parts = name.split(/[/\\]/).filter(part => part !== '' && part !== '.')
    if (parts.includes('..')) throw reject(`${shown} leads out of its folder`)
    if (parts.length === 0 && kind === 'file') throw reject('a file in it has no name')
    const path = parts.join('/')
    // The file systems of macOS and Windows see no capitals.
    const key = path.normalize('NFC').toLowerCase()
    if (kind === 'file' && seen.has(key)) throw reject(`${shown} is in it twice`)
    if (kind === 'file') seen.add(key)
    bytes += size
    if (bytes > limits.bytes)
      throw reject(`it is larger than ${Math.round(limits.bytes / 1024 / 1024)} MB unpacked`)
    if (seen.size > limits.entries) throw reject(`it holds more than ${limits.entries} files`)
    return path
  }
}
