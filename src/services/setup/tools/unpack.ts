import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { createGunzip } from 'node:zlib'
import { ProblemError } from '../../../domain/problem.ts'
import { damaged, readTar } from './read-tar.ts'
import { listZip, readZipEntry } from './read-zip.ts'
import { createEntryCheck, UNPACK_LIMITS } from './safe-entry.ts'

export type ArchiveForm = 'tar.gz' | 'zip' | 'program'

/** What a file is by its first bytes, whatever it is called. */
export async function readForm(path: string): Promise<ArchiveForm> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    if (buffer[0] === 0x1f && buffer[1] === 0x8b) return 'tar.gz'
    return buffer.toString('latin1') === 'PK\u0003\u0004' ? 'zip' : 'program'
  } finally {
    await file.close()
  }
}

/**
 * Unpacks an archive into an empty folder and returns the paths inside it. All files are new, for their owner only and not
 * executable. What an archive says about modes, owners and links is not taken over.
 */
export async function unpack(
  archive: string,
  form: 'tar.gz' | 'zip',
  folder: string,
  limits: { readonly bytes: number; readonly entries: number } = UNPACK_LIMITS,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const check = createEntryCheck(limits)
  return form === 'zip' ? await unpackZip(archive, folder, check) : await unpackTar(archive, folder, check)
}

type Check = ReturnType<typeof createEntryCheck>

async function openInside(folder: string, path: string): ReturnType<typeof open> {
  const target = join(folder, path)
  // The check of names has rejected it already; this is a second guard.
  const inside = relative(folder, target)
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`))
    throw damaged('it leads out of its folder')
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  // `wx`: never through something that exists.
  return await open(target, 'wx', 0o600)
}

async function unpackTar(archive: string, folder: string, check: Check): Promise<string[]> {
  const paths: string[] = []
  const packed = createReadStream(archive)
  const stream = packed.pipe(createGunzip())
  packed.on('error', error => stream.destroy(error))
  const files: Awaited<ReturnType<typeof open>>[] = []
  const closeLast = async (): Promise<void> => {
    await files.pop()?.close()
  }
  try {
    await readTar(stream, async entry => {
      await closeLast()
      const path = check(entry)
      if (entry.kind !== 'file') return undefined
      const file = await openInside(folder, path)
      files.push(file)
      paths.push(path)
      return async chunk => {
        await file.appendFile(chunk)
      }
    })
    return paths
  } catch (error) {
    throw asArchiveProblem(error)
  } finally {
    await closeLast()
    packed.destroy()
    stream.destroy()
  }
}

async function unpackZip(archive: string, folder: string, check: Check): Promise<string[]> {
  const paths: string[] = []
  const file = await open(archive)
  try {
    // All names are checked before anything is written.
    const entries = (await listZip(file)).map(entry => ({ entry, path: check(entry) }))
    for (const { entry, path } of entries) {
      if (entry.kind !== 'file') continue
      const target = await openInside(folder, path)
      try {
        for await (const chunk of readZipEntry(file, entry)) await target.appendFile(chunk)
      } finally {
        await target.close()
      }
      paths.push(path)
    }
    return paths
  } catch (error) {
    throw asArchiveProblem(error)
  } finally {
    await file.close()
  }
}

/** What zlib and the file system say about an archive that lies: `a` is a file and a folder, the end is missing. */
function asArchiveProblem(error: unknown): unknown {
  if (error instanceof ProblemError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('Z_') || ['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'].includes(code))
    return damaged(error instanceof Error ? error.message : code)
  return error
}
