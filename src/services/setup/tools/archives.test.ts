import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toProblem } from '../../../domain/problem.ts'
import { readForm, unpack } from './unpack.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Part {
  readonly name: string
  readonly type?: string
  readonly body?: string | Buffer
  readonly size?: number
  readonly link?: string
  readonly mode?: string
}

/** A tar header and body; `size` lies where it is given. */
function tarPart({ name, type = '0', body = '', size, link = '', mode = '0000755' }: Part): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, 100)
  header.write(`${mode}\0`, 100)
  const bytes = Buffer.from(body)
  header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124)
  header.write(type, 156)
  header.write(link, 157)
  header.write('ustar\x0000', 257)
  header.write('        ', 148)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}
const tar = (parts: readonly Part[]): Buffer =>
  gzipSync(Buffer.concat([...parts.map(tarPart), Buffer.alloc(1024)]))

interface ZipPart extends Part {
  readonly unixType?: number
  readonly method?: number
  readonly packed?: Buffer
  readonly checksum?: number
  readonly flags?: number
  /** What the header before the body says, where it lies. */
  readonly localName?: string
}

function zip(parts: readonly ZipPart[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let at = 0
  for (const {
    name,
    body = '',
    size,
    unixType = 8,
    method = 8,
    packed,
    checksum,
    flags = 0,
    ...more
  } of parts) {
    const bytes = Buffer.from(body)
    const data = packed ?? (method === 8 ? deflateRawSync(bytes) : bytes)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    const localName = more.localName ?? name
    local.writeUInt16LE(Buffer.byteLength(localName), 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt8(3, 5)
    central.writeUInt16LE(flags, 8)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(checksum ?? crc32(bytes), 16)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt32LE(size ?? bytes.length, 24)
    central.writeUInt16LE(Buffer.byteLength(name), 28)
    central.writeUInt32LE(((unixType << 28) | (0o755 << 16)) >>> 0, 38)
    central.writeUInt32LE(at, 42)
    centrals.push(central, Buffer.from(name))
    const whole = Buffer.concat([local, Buffer.from(localName), data])
    locals.push(whole)
    at += whole.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, directory, end])
}

const LIMITS = { bytes: 100_000, entries: 5 }

async function tryUnpack(bytes: Buffer, form: 'tar.gz' | 'zip'): Promise<readonly string[] | string> {
  const archive = join(folder, 'archive')
  await writeFile(archive, bytes)
  try {
    return await unpack(archive, form, join(folder, 'out', 'inside'), LIMITS)
  } catch (error) {
    return toProblem(error).message
  }
}

/** Everything that lies in the test's folder, but for the archive and the folder that was unpacked into. */
async function outside(): Promise<string[]> {
  const all = await readdir(folder, { recursive: true })
  return all.filter(path => path !== 'archive' && path !== 'out' && !/^out[/\\]inside/.test(path))
}

const ATTACKS = [
  ['a way out', [{ name: '../evil', body: 'x' }], /leads out of its folder/],
  ['a way out behind a folder', [{ name: 'a/../../evil', body: 'x' }], /leads out of its folder/],
  ['a way out with backslashes', [{ name: 'a\\..\\..\\evil', body: 'x' }], /leads out of its folder/],
  ['an absolute path', [{ name: '/tmp/evil', body: 'x' }], /not a path inside/],
  ['a drive', [{ name: 'C:/evil', body: 'x' }], /not a path inside/],
  ['a share', [{ name: '\\\\host\\share\\evil', body: 'x' }], /not a path inside/],
  ['a stream of NTFS', [{ name: 'tool:hidden', body: 'x' }], /not a path inside/],
  [
    'the same name twice',
    [
      { name: 'tool', body: 'x' },
      { name: './tool', body: 'y' },
    ],
    /in it twice/,
  ],
  [
    'the same name in capitals',
    [
      { name: 'tool', body: 'x' },
      { name: 'TOOL', body: 'y' },
    ],
    /in it twice/,
  ],
  [
    'a file that is a folder',
    [
      { name: 'tool', body: 'x' },
      { name: 'tool/inner', body: 'y' },
    ],
    /cannot be unpacked/,
  ],
  ['too much', [{ name: 'tool', body: Buffer.alloc(100_001) }], /larger than/],
  ['too many', [1, 2, 3, 4, 5, 6].map(n => ({ name: `f${n}`, body: 'x' })), /more than 5 files/],
  [
    'no name',
    [
      { name: './', body: 'x' },
      { name: '.', body: 'x' },
    ],
    /has no name|not one of a tool/,
  ],
] satisfies [string, Part[], RegExp][]

describe.each([
  ['tar.gz', tar],
  ['zip', zip],
] as const)('%s', (form, make) => {
  test('what it holds is unpacked, without its modes', async () => {
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 251))
    expect(
      await tryUnpack(
        make([
          { name: './istioctl', body },
          { name: 'docs/LICENSE', body: 'free' },
        ]),
        form,
      ),
    ).toEqual(['istioctl', 'docs/LICENSE'])
    const path = join(folder, 'out/inside/istioctl')
    expect(body.equals(await readFile(path))).toBe(true)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readForm(join(folder, 'archive'))).toBe(form)
  })

  test.each(ATTACKS)('%s is refused', async (_, parts, message) => {
    expect(await tryUnpack(make(parts), form)).toMatch(message)
    expect(await outside()).toEqual([])
  })

  test('cut anywhere, it is refused', async () => {
    const whole = make([{ name: 'tool', body: 'x'.repeat(3_000) }])
    for (let length = 0; length < whole.length - 1; length += 7)
      expect(await tryUnpack(whole.subarray(0, length), form), String(length)).toMatch(
        /cannot be unpacked|not one of/,
      )
  })
})

describe('tar.gz', () => {
  test.each([
    ['a symbolic link', { name: 'tool', type: '2', link: '/etc/passwd' }],
    ['a hard link', { name: 'tool', type: '1', link: '../x' }],
    ['a character device', { name: 'tool', type: '3' }],
    ['a block device', { name: 'tool', type: '4' }],
    ['a pipe', { name: 'tool', type: '6' }],
    ['a sparse file', { name: 'tool', type: 'S' }],
  ])('%s is refused', async (_, part) => {
    expect(await tryUnpack(tar([part, { name: 'tool/x', body: 'x' }]), 'tar.gz')).toMatch(
      /is a link or a device/,
    )
    expect(await outside()).toEqual([])
  })

  test('a link followed by a file through it is refused at the link', async () => {
    const parts = [
      { name: 'way', type: '2', link: '../..' },
      { name: 'way/evil', body: 'x' },
    ]
    expect(await tryUnpack(tar(parts), 'tar.gz')).toMatch(/is a link or a device/)
  })

  test.each([
    ['GNU', { name: '././@LongLink', type: 'L', body: '../evil\0' }],
    ['pax', { name: 'x', type: 'x', body: '16 path=../evil\n' }],
  ])('a long name of %s that leads out is refused', async (_, part) => {
    expect(await tryUnpack(tar([part, { name: 'tool', body: 'x' }]), 'tar.gz')).toMatch(
      /leads out of its folder/,
    )
    expect(await outside()).toEqual([])
  })

  test.each([
    ['a pax size against the header', { name: 'x', type: 'x', body: '11 size=99\n' }, /contradicts/],
    [
      'a pax name with a zero byte',
      { name: 'x', type: 'x', body: '18 path=tool\0.txt\n' },
      /not a path inside/,
    ],
    ['a pax record without an end', { name: 'x', type: 'x', body: '99 path=a\n' }, /damaged/],
    ['a huge size without a body', { name: 'tool', size: 0o77777777777 }, /larger than/],
  ])('%s is refused', async (_, part, message) => {
    expect(await tryUnpack(tar([part, { name: 'tool', body: 'x' }]), 'tar.gz')).toMatch(message)
  })

  test('a bomb is stopped by its first header', async () => {
    const bomb = gzipSync(
      Buffer.concat([tarPart({ name: 'tool', size: 50_000_000 }), Buffer.alloc(50_000_000)]),
    )
    expect(bomb.length).toBeLessThan(100_000)
    expect(await tryUnpack(bomb, 'tar.gz')).toMatch(/larger than/)
  })
})

describe('zip', () => {
  test.each([
    ['a symbolic link', { name: 'tool', unixType: 0xa, body: '/etc/passwd' }, /is a link or a device/],
    ['a device', { name: 'tool', unixType: 0x6, body: '' }, /is a link or a device/],
    [
      'a bomb that lies about its size',
      { name: 'tool', body: Buffer.alloc(90_000), size: 10 },
      /larger than it says/,
    ],
    ['a wrong checksum', { name: 'tool', body: 'x', checksum: 7 }, /damaged/],
    ['a name with a zero byte', { name: 'tool\0.txt', body: 'x' }, /not a path inside/],
    [
      'a header that names another file than the directory',
      { name: 'tool', localName: 'evil', body: 'x' },
      /contradicts its directory/,
    ],
    [
      'a header that leads out where the directory does not',
      { name: 'tool', localName: '../evil', body: 'x' },
      /contradicts its directory/,
    ],
    ['an encrypted file', { name: 'tool', body: 'x', flags: 1 }, /encrypted/],
    ['an unknown method', { name: 'tool', body: 'x', method: 99 }, /not known/],
    [
      'garbage where the body is',
      { name: 'tool', body: 'x'.repeat(50), packed: Buffer.from('ff00ff00', 'hex') },
      /cannot be unpacked/,
    ],
  ] satisfies [string, ZipPart, RegExp][])('%s is refused', async (_, part, message) => {
    expect(await tryUnpack(zip([part]), 'zip')).toMatch(message)
    expect(await outside()).toEqual([])
  })

  const change = (bytes: Buffer, at: number, value: number): Buffer => {
    const changed = Buffer.from(bytes)
    changed.writeUInt16LE(value, at)
    return changed
  }
  const two = zip([
    { name: 'tool', body: 'x' },
    { name: 'more', body: 'y' },
  ])
  test.each([
    ['counts fewer files than it holds', change(two, two.length - 12, 1), /more than it says/],
    ['counts more files than it holds', change(two, two.length - 12, 3), /directory is damaged/],
    ['has bytes behind its end', Buffer.concat([two, Buffer.from('more')]), /end is not at its end/],
    [
      'has a second end in its comment',
      Buffer.concat([change(two, two.length - 2, 22), Buffer.from('504b0506', 'hex'), Buffer.alloc(18, 1)]),
      /end is not at its end/,
    ],
  ])('an archive that %s is refused', async (_, bytes, message) => {
    expect(await tryUnpack(bytes, 'zip')).toMatch(message)
    expect(await outside()).toEqual([])
  })

  test('a bad name is found before anything is written', async () => {
    await tryUnpack(
      zip([
        { name: 'good', body: 'x' },
        { name: '../evil', body: 'x' },
      ]),
      'zip',
    )
    expect(await readdir(join(folder, 'out/inside'))).toEqual([])
  })
})
