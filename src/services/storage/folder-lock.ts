import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ProblemError, toProblem, type Problem } from '../../domain/problem.ts'
import { diskProblem } from '../workspace/disk-problem.ts'
import { processIdentity } from './process-identity.ts'

/** Which kind of program holds a data folder. */
export type OwnerKind = 'desktop app' | 'web shell' | 'playground command' | 'setup command'

export interface FolderOwner {
  readonly kind: OwnerKind
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly since: number
  /** Where it can be opened, without a secret. */
  readonly address?: string
}

export interface FolderLock {
  /** Adds where this owner can be opened. */
  readonly tellAddress: (address: string) => void
  /** Set where the folder cannot be written: nobody can hold it, and nothing is kept in it. */
  readonly problem?: Problem
  readonly release: () => void
}

interface Holder extends FolderOwner {
  readonly host: string
  /** Of the process, so that another one with its id is not taken for it. */
  readonly identity?: string
}

/** A folder that two machines share: the other one's processes cannot be looked at, so it shows that it lives. */
const BEAT_MS = 15_000
const SILENT_MS = 60_000

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/**
 * Takes a data folder for this process, or throws `in-use` with who has it.
 *
 * The holder of the highest number in `lock/` has the folder. A number is taken once and for all (a hard link fails
 * where its name exists), and the next one only where the holder of the last is gone. So two that find the same dead
 * holder cannot both win, and a late one that takes a low number sees the higher one and gives up.
 */
export async function lockFolder(
  dataFolder: string,
  kind: OwnerKind,
  { now = Date.now, pid = process.pid } = {},
): Promise<FolderLock> {
  const folder = join(dataFolder, 'lock')
  const pathOf = (number: number): string => join(folder, String(number))
  const numbers = (): readonly number[] => {
    try {
      return readdirSync(folder)
        .filter(name => /^\d+$/.test(name))
        .map(Number)
        .sort((a, b) => b - a)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }
  const identity = await processIdentity(pid)
  const holder: Holder = {
    kind,
    pid,
    since: now(),
    host: hostname(),
    ...(identity === undefined ? {} : { identity }),
  }
  try {
    for (;;) {
      const [highest = 0] = numbers()
      const owner = highest === 0 ? undefined : await readLiving(pathOf(highest), now)
      if (owner) throw inUse(dataFolder, owner)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const own = highest + 1
      if (!take(pathOf(own), holder)) continue
      if ((numbers()[0] ?? own) > own) {
        rmSync(pathOf(own), { force: true })
        continue
      }
      for (const number of numbers()) if (number < own) rmSync(pathOf(number), { force: true })
      return hold(pathOf(own), holder)
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    return { tellAddress: () => {}, release: () => {}, problem: notKept(dataFolder, error) }
  }
}

/** The data folder cannot be written: everything goes on in memory. */
const notKept = (folder: string, error: unknown): Problem => {
  const { problem } = diskProblem(`Nothing will be kept in ${folder}`, error)
  return { ...problem, code: 'not-kept' }
}

/** Why a shell could not start. */
export const explainStart = (error: unknown): Problem => toProblem(error)

/** Who has a data folder now; undefined where nobody has. */
export async function findFolderOwner(dataFolder: string, now = Date.now): Promise<FolderOwner | undefined> {
  const folder = join(dataFolder, 'lock')
  try {
    const highest = Math.max(
      0,
      ...readdirSync(folder)
        .filter(name => /^\d+$/.test(name))
        .map(Number),
    )
    return highest === 0 ? undefined : await readLiving(join(folder, String(highest)), now)
  } catch {
    // A folder that is not there has no owner.
    return undefined
  }
}

/** Writes the whole record beside and gives it its name at once: nobody reads half of it. */
function take(path: string, holder: Holder): boolean {
  const beside = `${path}.${String(holder.pid)}.new`
  writeFileSync(beside, JSON.stringify(holder), { mode: 0o600 })
  try {
    linkSync(beside, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error))) throw error
    return takeWithoutLinks(path, holder)
  } finally {
    rmSync(beside, { force: true })
  }
}

function takeWithoutLinks(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(holder), { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function hold(path: string, holder: Holder): FolderLock {
  const beat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date())
    } catch {
      // A disk that is full or gone; the next beat tries again.
    }
  }, BEAT_MS)
  beat.unref()
  /** Nobody may read half a record, and take its holder for dead. */
  const replace = (record: object): void => {
    const beside = `${path}.${String(holder.pid)}.new`
    try {
      writeFileSync(beside, JSON.stringify(record), { mode: 0o600 })
      renameSync(beside, path)
    } catch {
      // A disk that is full: another instance sees the holder without this.
      rmSync(beside, { force: true })
    }
  }
  return {
    tellAddress: address => replace({ ...holder, address }),
    release() {
      clearInterval(beat)
      // The number stays taken: one that has seen an earlier holder must not take it again.
      replace({})
    },
  }
}

/** The holder of a number, if it lives. */
async function readLiving(path: string, now: () => number): Promise<FolderOwner | undefined> {
  let holder: Partial<Holder>
  let beatAt: number
  try {
    holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>
    beatAt = statSync(path).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
  const { kind, pid, since, host, identity, address } = holder
  if (kind === undefined || pid === undefined || since === undefined) return undefined
  const isLiving =
    host === hostname()
      ? (await processIdentity(pid)) === identity && identity !== undefined
      : now() - beatAt < SILENT_MS
  return isLiving ? { kind, pid, since, ...(address === undefined ? {} : { address }) } : undefined
}

function inUse(folder: string, owner: FolderOwner): ProblemError {
  return new ProblemError({
    code: 'in-use',
    message: `${folder} is in use by the ${owner.kind} (process ${String(owner.pid)}, since ${new Date(owner.since).toISOString()})`,
    hint:
      owner.address === undefined
        ? 'Use that one, end it, or set MESH_WORKBENCH_DATA to another folder.'
        : `Press Enter in its terminal for a new address at ${owner.address}, end it, or set MESH_WORKBENCH_DATA to another folder.`,
  })
}
