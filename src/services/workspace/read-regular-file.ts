import { constants } from 'node:fs'
import { open, stat, statfs, type FileHandle } from 'node:fs/promises'
import { ProblemError } from '../../domain/problem.ts'

export interface RegularFile {
  readonly bytes: Buffer
  /** Milliseconds since 1970. */
  readonly modifiedAt: number
}

/**
 * Reads a whole file that is one: opening a named pipe waits for a writer, reading a device may never end, and each wait
 * holds one of the few threads that all file work shares. System errors are thrown as they are.
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<RegularFile> {
  // Looked at first, because to open a device can already do something.
  await assertRegular(path, await stat(path))
  // Without waiting, should something else be there now. Windows has neither flag, and no pipes among its files.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const found = await file.stat()
    await assertRegular(path, found)
    if (found.size > maxBytes) throw tooLarge(path, found.size, maxBytes)
    return { bytes: await readBounded(file, path, maxBytes), modifiedAt: found.mtimeMs }
  } finally {
    await file.close()
  }
}

/** The size may be wrong by the time it is read: a log grows. */
async function readBounded(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for (;;) {
    const chunk = Buffer.allocUnsafe(64 * 1024)
    const { bytesRead } = await file.read(chunk, 0, chunk.length)
    if (bytesRead === 0) return Buffer.concat(chunks)
    total += bytesRead
    if (total > maxBytes) throw tooLarge(path, total, maxBytes)
    chunks.push(chunk.subarray(0, bytesRead))
  }
}

/** Throws where something is neither a file nor a folder; a folder fails as the system says it. */
export async function assertRegular(
  path: string,
  found: Pick<Awaited<ReturnType<typeof stat>>, 'isFile' | 'isDirectory'>,
): Promise<void> {
  if (found.isDirectory())
    throw Object.assign(new Error(`EISDIR: illegal operation on a directory, read '${path}'`), {
      code: 'EISDIR',
    })
  if (found.isFile() && !(await isKernelFile(path))) return
  throw new ProblemError({
    code: 'unsupported',
    message: `${path} is not a regular file`,
    hint: 'Pipes, devices and files of the kernel are not opened. Save the text in a file first.',
  })
}

/**
 * File systems whose files the kernel makes up: they look regular, and some never end or change something when they are
 * read, as /proc/kmsg. Source: linux/magic.h: proc, sysfs, debugfs, tracefs, cgroup, cgroup2, securityfs, bpf.
 */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x27e0eb, 0x63677270, 0x73636673, 0xcafe4a11,
])

const isKernelFile = async (path: string): Promise<boolean> =>
  process.platform === 'linux' && KERNEL_FILE_SYSTEMS.has((await statfs(path)).type)

const tooLarge = (path: string, bytes: number, maxBytes: number): ProblemError =>
  new ProblemError({
    code: 'unsupported',
    message: `${path} has ${Math.ceil(bytes / 1_000_000)} MB; files up to ${Math.floor(maxBytes / 1_000_000)} MB are read`,
    hint: 'Split it into smaller files.',
  })
