import type { ToolName } from '../../../domain/setup/tools/tool-name.ts'
import { createHash, randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ProblemError } from '../../../domain/problem.ts'
import { diskProblem } from '../../workspace/disk-problem.ts'
import { writeAtomically } from '../../workspace/write-atomically.ts'
import { hashFile } from './checksum.ts'
import { readToolVersion } from '../../../domain/setup/tools/tool-version.ts'
import { byVersion, programName } from './tool-catalog.ts'
import { readForm, unpack, type ArchiveForm } from './unpack.ts'

/** Who vouched for a program: our own pin, its project, or the user. */
export type Voucher = 'pinned' | 'published' | 'confirmed'

export interface InstalledTool {
  readonly tool: ToolName
  readonly version: string
  readonly path: string
  /** SHA-256 of the file that was downloaded or imported. */
  readonly sha256: string
  /** SHA-256 of the program that is run. */
  readonly programSha256: string
  readonly voucher: Voucher
  /** Where it came from: an address or a file. */
  readonly from: string
}

/** An installed tool as it lies there now. */
export interface StoredTool extends InstalledTool {
  /** Whether the program is still the one that was verified. */
  readonly isUntouched: boolean
}

/** The app's own tools: `TOOL/VERSION/program`, each version beside the others. */
export interface ToolStore {
  readonly list: (tool: ToolName) => Promise<readonly StoredTool[]>
  /** Where a file from some place is kept until it is verified. */
  readonly waitingPlace: (tool: ToolName, version: string, from: string) => string
  /**
   * Takes a verified file in. `sha256` is what was vouched for: the file is hashed again here, so that nothing comes
   * between the check and the use.
   */
  readonly add: (
    entry: Omit<InstalledTool, 'path' | 'programSha256'> & { readonly file: string },
  ) => Promise<InstalledTool>
  readonly remove: (tool: ToolName, version: string) => Promise<void>
}

const RECORD = 'installed.json'

export function openToolStore(folder: string, platform: NodeJS.Platform = process.platform): ToolStore {
  const folderOf = (tool: ToolName, version: string): string =>
    join(folder, tool, readToolVersion(tool, version))

  /** The hash of a program, computed again only when the file is another: it has 100 MB and is asked for often. */
  const hashes = new Map<string, Promise<string>>()
  async function hashOnce(path: string): Promise<string> {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path)
    const key = [path, ino, size, mtimeMs, ctimeMs].join('\n')
    const hash = hashes.get(key) ?? hashFile(path)
    hashes.set(key, hash)
    hash.catch(() => hashes.delete(key))
    return await hash
  }

  async function readInstalled(tool: ToolName, version: string): Promise<StoredTool | undefined> {
    const own = folderOf(tool, version)
    const path = join(own, programName(tool, platform))
    try {
      const record = JSON.parse(await readFile(join(own, RECORD), 'utf8')) as Partial<InstalledTool> | null
      const { sha256, programSha256, voucher, from } = record ?? {}
      if (typeof sha256 !== 'string' || typeof programSha256 !== 'string' || typeof from !== 'string')
        return undefined
      if (voucher !== 'pinned' && voucher !== 'published' && voucher !== 'confirmed') return undefined
      const isUntouched = (await hashOnce(path)) === programSha256
      return { tool, version, path, sha256, programSha256, voucher, from, isUntouched }
    } catch {
      // Half gone is not there: it can be installed again.
      return undefined
    }
  }

  return {
    async list(tool) {
      const names = await readdir(join(folder, tool)).catch(() => [])
      const found = await Promise.all(
        names.map(async name => {
          try {
            return await readInstalled(tool, name)
          } catch (error) {
            if (error instanceof ProblemError) return undefined
            throw error
          }
        }),
      )
      return found.flatMap(each => each ?? []).toSorted(byVersion)
    },
    waitingPlace(tool, version, from) {
      const place = createHash('sha256').update(from).digest('hex').slice(0, 12)
      return join(folder, 'downloads', `${tool}-${readToolVersion(tool, version)}-${place}`)
    },
    async add({ file, ...entry }) {
      const { tool, version } = entry
      const target = folderOf(tool, version)
      const staging = join(folder, 'staging', randomUUID())
      try {
        await mkdir(join(staging, 'ready'), { recursive: true, mode: 0o700 })
        const copy = join(staging, 'file')
        // Renamed, not opened in place: whoever may still write to the old name does not write to what is verified.
        await rename(file, copy)
        if (!(await lstat(copy)).isFile())
          throw new ProblemError({
            code: 'invalid',
            message: `What came for ${tool} ${version} is a link, not a file`,
            hint: 'It was not installed by this app. Install it again.',
          })
        if ((await hashFile(copy)) !== entry.sha256)
          throw new ProblemError({
            code: 'invalid',
            message: `${tool} ${version} changed after it was verified`,
            hint: 'Install it again.',
          })
        const program = await findProgram(
          tool,
          copy,
          await readForm(copy),
          join(staging, 'unpacked'),
          platform,
        )
        const ready = join(staging, 'ready', programName(tool, platform))
        await rename(program, ready)
        const installed: InstalledTool = {
          ...entry,
          path: join(target, programName(tool, platform)),
          programSha256: await hashFile(ready),
        }
        await writeAtomically(join(staging, 'ready', RECORD), JSON.stringify(installed, undefined, 2))
        await chmod(ready, 0o755)
        await mkdir(join(folder, tool), { recursive: true, mode: 0o700 })
        await rm(target, { recursive: true, force: true })
        await rename(join(staging, 'ready'), target)
        return installed
      } catch (error) {
        if (error instanceof ProblemError) throw error
        throw diskProblem(`${tool} ${version} could not be installed`, error)
      } finally {
        await rm(staging, { recursive: true, force: true })
      }
    },
    async remove(tool, version) {
      await rm(folderOf(tool, version), { recursive: true, force: true })
    },
  }
}

/** The program in what was downloaded: the file itself, or the one file of that name in the archive. */
async function findProgram(
  tool: ToolName,
  file: string,
  form: ArchiveForm,
  folder: string,
  platform: NodeJS.Platform,
): Promise<string> {
  if (form === 'program') return file
  const paths = await unpack(file, form, folder)
  const named = paths.filter(path => basename(path) === programName(tool, platform))
  const [path] = named
  if (path === undefined || named.length > 1)
    throw new ProblemError({
      code: 'invalid',
      message: `The archive holds ${named.length === 0 ? 'no' : 'more than one'} ${programName(tool, platform)}`,
      hint: 'Take the archive that the project of the tool publishes.',
    })
  return join(folder, path)
}
