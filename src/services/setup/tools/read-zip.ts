import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'
import { damaged } from './read-tar.ts'

export interface ZipEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
  /** Unpacked. */
  readonly size: number
  readonly packed: number
  readonly method: number
  readonly checksum: number
  readonly headerAt: number
}

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const MAX_DIRECTORY_BYTES = 4 * 1024 * 1024

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, at)
  if (bytesRead !== length) throw damaged('it ends in the middle')
  return buffer
}

/**
 * The entries of a zip archive by its central directory, which is what counts.
 * Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.12, 4.3.16
 */
export async function listZip(file: FileHandle): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf(Buffer.from('504b0506', 'hex'))
  if (end === -1 || tail.length - end < 22 || tail.readUInt32LE(end) !== END)
    throw damaged('it is not a zip archive')
  // Behind it comes its comment and nothing else: another reader might take another end for the right one.
  if (end + 22 + tail.readUInt16LE(end + 20) !== tail.length) throw damaged('its end is not at its end')
  const count = tail.readUInt16LE(end + 10)
  const length = tail.readUInt32LE(end + 12)
  const start = tail.readUInt32LE(end + 16)
  // 0xffff and 0xffffffff say zip64, which is for archives larger than any tool.
  if (count === 0xffff || length > MAX_DIRECTORY_BYTES || start + length > size)
    throw damaged('its directory is damaged')
  const directory = await readAt(file, start, length)
  const entries: ZipEntry[] = []
  let at = 0
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > length || directory.readUInt32LE(at) !== CENTRAL) throw damaged('its directory is damaged')
    const nameLength = directory.readUInt16LE(at + 28)
    const next = at + 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    if (next > length) throw damaged('its directory is damaged')
    if ((directory.readUInt16LE(at + 8) & 1) === 1) throw damaged('it is encrypted')
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength)
    entries.push({
      name,
      kind: readKind(name, directory.readUInt8(at + 5), directory.readUInt32LE(at + 38)),
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      headerAt: directory.readUInt32LE(at + 42),
    })
    at = next
  }
  if (at !== length) throw damaged('its directory holds more than it says')
  return entries
}

/** Archives made on Unix (3) and macOS (19) hold the mode, whose type says link or device. */
function readKind(name: string, madeBy: number, attributes: number): ZipEntry['kind'] {
  const type = madeBy === 3 || madeBy === 19 ? (attributes >>> 28) & 0xf : 0
  if (type !== 0 && type !== 0x8 && type !== 0x4) return 'other'
  return name.endsWith('/') || type === 0x4 ? 'folder' : 'file'
}

/** The bytes of one entry, never more than its directory promised, and with the checksum it has there. */
export async function* readZipEntry(file: FileHandle, entry: ZipEntry): AsyncGenerator<Buffer> {
  const header = await readAt(file, entry.headerAt, 30)
  if (header.readUInt32LE(0) !== LOCAL) throw damaged('a header in it is damaged')
  const start = entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  // Readers that go by the headers before the bodies would see another file.
  const name = await readAt(file, entry.headerAt + 30, header.readUInt16LE(26))
  if (name.toString('utf8') !== entry.name) throw damaged('a header in it contradicts its directory')
  if (entry.method !== 0 && entry.method !== 8) throw damaged('it is packed in a way that is not known')
  if (entry.packed === 0 && entry.size > 0) throw damaged('it ends in the middle')
  const packed = Readable.from(readRange(file, start, entry.packed))
  const inflate = createInflateRaw()
  packed.on('error', error => inflate.destroy(error))
  const stream = entry.method === 0 ? packed : packed.pipe(inflate)
  let size = 0
  let checksum = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > entry.size) throw damaged('a file in it is larger than it says')
    checksum = crc32(chunk, checksum)
    yield chunk
  }
  if (size !== entry.size || checksum !== entry.checksum) throw damaged('a file in it is damaged')
}

async function* readRange(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += 65_536)
    yield await readAt(file, start + at, Math.min(65_536, length - at))
}
