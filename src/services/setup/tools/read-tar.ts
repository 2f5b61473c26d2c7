import { ProblemError } from '../../../domain/problem.ts'

export interface TarEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
  /** The letter of the header: what `other` is. */
  readonly type: string
  readonly size: number
}

/** What becomes of an entry: where its bytes go, or nothing where they are passed over. */
export type TarSink = (entry: TarEntry) => Promise<((chunk: Buffer) => Promise<void>) | undefined>

const BLOCK = 512
const MAX_NAME_LENGTH = 4_096

/**
 * Reads a tar archive as a stream: ustar, with the long names of GNU (L) and pax (x). It stops at the first header that
 * does not fit its own checksum, and a truncated archive is a problem.
 * Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export async function readTar(stream: AsyncIterable<Buffer>, sink: TarSink): Promise<void> {
  const read = createReader(stream)
  let longName: string | undefined
  for (;;) {
    const header = await read.exactly(BLOCK)
    if (!header) throw damaged('it ends in the middle')
    if (header.every(byte => byte === 0)) return
    checkHeader(header)
    const type = String.fromCharCode(header[156] ?? 0)
    const size = readNumber(header.subarray(124, 136))
    const padding = (BLOCK - (size % BLOCK)) % BLOCK
    if (type === 'L' || type === 'x' || type === 'g') {
      if (size > 64 * MAX_NAME_LENGTH) throw damaged('a name in it is too long')
      const body = await read.exactly(size)
      if (!body || !(await read.exactly(padding))) throw damaged('it ends in the middle')
      if (type === 'L') longName = text(body)
      if (type === 'x') longName = readPaxPath(body) ?? longName
      continue
    }
    const prefix = text(header.subarray(345, 500))
    const short = text(header.subarray(0, 100))
    const isUstar = text(header.subarray(257, 262)) === 'ustar'
    const name = longName ?? (isUstar && prefix !== '' ? `${prefix}/${short}` : short)
    longName = undefined
    if (name.length > MAX_NAME_LENGTH) throw damaged('a name in it is too long')
    const kind = type === '0' || type === '\0' || type === '7' ? 'file' : type === '5' ? 'folder' : 'other'
    const write = await sink({ name, kind, type, size })
    let rest = size
    while (rest > 0) {
      const chunk = await read.upTo(rest)
      if (!chunk) throw damaged('it ends in the middle')
      rest -= chunk.length
      await write?.(chunk)
    }
    if (!(await read.exactly(padding))) throw damaged('it ends in the middle')
  }
}

const text = (bytes: Buffer): string => {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}

/** Octal; GNU's binary form, with the first bit set, is for files above 8 GiB, which no tool is. */
function readNumber(bytes: Buffer): number {
  const digits = text(bytes).trim()
  if ((bytes[0] ?? 0) >= 0x80 || !/^[0-7]*$/.test(digits)) throw damaged('a size in it is not a number')
  return digits === '' ? 0 : parseInt(digits, 8)
}

function checkHeader(header: Buffer): void {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (readNumber(header.subarray(148, 156)) !== sum) throw damaged('a header in it is damaged')
}

/** `LENGTH path=NAME\n`, among other records. */
function readPaxPath(body: Buffer): string | undefined {
  let found: string | undefined
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at)
    const length = Number(body.toString('utf8', at, space))
    if (space === -1 || !Number.isSafeInteger(length) || length <= space - at || at + length > body.length)
      throw damaged('a header in it is damaged')
    const record = body.toString('utf8', space + 1, at + length - 1)
    if (record.startsWith('path=')) found = record.slice('path='.length)
    // Another size than the header's would let two readers see two archives.
    if (record.startsWith('size=')) throw damaged('a header in it contradicts another')
    at += length
  }
  return found
}

export const damaged = (why: string): ProblemError =>
  new ProblemError({
    code: 'invalid',
    message: `The archive cannot be unpacked: ${why}`,
    hint: 'Download it again, or take another file.',
  })

function createReader(stream: AsyncIterable<Buffer>): {
  readonly upTo: (most: number) => Promise<Buffer | undefined>
  readonly exactly: (count: number) => Promise<Buffer | undefined>
} {
  const chunks = stream[Symbol.asyncIterator]()
  let kept = Buffer.alloc(0)
  const upTo = async (most: number): Promise<Buffer | undefined> => {
    while (kept.length === 0) {
      const next = await chunks.next()
      if (next.done === true) return undefined
      kept = Buffer.from(next.value)
    }
    const taken = kept.subarray(0, most)
    kept = kept.subarray(taken.length)
    return taken
  }
  return {
    upTo,
    async exactly(count) {
      const parts: Buffer[] = []
      let missing = count
      while (missing > 0) {
        const part = await upTo(missing)
        if (!part) return undefined
        parts.push(part)
        missing -= part.length
      }
      return Buffer.concat(parts)
    },
  }
}
