import type { ToolName } from '../../../domain/setup/tools/tool-name.ts'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ProblemError } from '../../../domain/problem.ts'
import type { Host } from '../../host.ts'
import { diskProblem } from '../../workspace/disk-problem.ts'
import { assertRegular } from '../../workspace/read-regular-file.ts'
import { hashFile, readHash, readPublishedChecksum } from './checksum.ts'
import { download, downloadText, type DownloadProgress } from './download.ts'
import { mirrorUrl } from './mirror.ts'
import { readToolVersion } from '../../../domain/setup/tools/tool-version.ts'
import { findRelease, type Platform } from './tool-catalog.ts'
import type { UnconfirmedFiles } from './unconfirmed-files.ts'
import type { InstalledTool, ToolStore, Voucher } from './tool-store.ts'

export interface InstallDependencies {
  readonly store: ToolStore
  readonly unconfirmed: UnconfirmedFiles
  readonly env: Host['env']
  readonly platform: Platform
  /** Base address of a mirror; empty: the projects' own servers. */
  readonly mirror: string
  /** Address → SHA-256. */
  readonly pins: Readonly<Record<string, string>>
  /** Longest silence of a server in milliseconds. */
  readonly idleTimeoutMs?: number
}

export interface InstallRequest {
  readonly tool: ToolName
  readonly version: string
  /** The hash that the user compared and confirmed, where nobody else vouches for the file. */
  readonly confirmed?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: DownloadProgress) => void
}

/** Either the tool, or the hash that the user is to compare with one from elsewhere; then the file waits. */
export type InstallOutcome =
  | { readonly state: 'installed'; readonly installed: InstalledTool }
  | { readonly state: 'unconfirmed'; readonly sha256: string; readonly from: string }

/** A file that was downloaded and is not verified yet, and what its hash has to be as far as somebody says so. */
interface FetchedRelease {
  readonly version: string
  readonly file: string
  readonly from: string
  /** Whether it was here from an earlier attempt. */
  readonly exists: boolean
  readonly pin: string | undefined
  readonly published: string | undefined
}

/** Downloads one version of a tool, unless it is here, and its published checksum. */
export async function fetchTool(
  dependencies: InstallDependencies,
  request: InstallRequest,
): Promise<FetchedRelease> {
  const { store, env, platform, mirror, pins, idleTimeoutMs } = dependencies
  const { tool, signal } = request
  const version = readToolVersion(tool, request.version)
  const release = findRelease(tool, version, platform)
  const url = mirrorUrl(release.url, mirror)
  const common = {
    env,
    ...(signal ? { signal } : {}),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
  }
  const pin = pins[release.url]
  // Asked for first: without one, nothing needs to be downloaded.
  const published =
    pin === undefined && release.checksumUrl !== undefined
      ? readPublishedChecksum(
          await downloadText({ ...common, url: mirrorUrl(release.checksumUrl, mirror) }),
          release.file,
        )
      : undefined
  const waiting = store.waitingPlace(tool, version, url)
  const exists = await isWaiting(waiting)
  if (!exists)
    await download({
      ...common,
      url,
      to: waiting,
      ...(request.onProgress ? { onProgress: request.onProgress } : {}),
    })
  return { version, file: waiting, from: url, exists, pin, published }
}

/** Downloads, verifies and installs one version of a tool. Until it is verified it is not executable anywhere. */
export async function installTool(
  dependencies: InstallDependencies,
  request: InstallRequest,
): Promise<InstallOutcome> {
  const fetched = await fetchTool(dependencies, request)
  request.signal?.throwIfAborted()
  return await takeIn(dependencies, {
    ...fetched,
    tool: request.tool,
    isImport: false,
    confirmed: request.confirmed,
  })
}

/** Takes in a file of the user's, for a machine without a network. Its own pin vouches for it, else the user. */
export async function importTool(
  dependencies: InstallDependencies,
  request: InstallRequest & { readonly file: string },
): Promise<InstallOutcome> {
  const { store, platform, pins } = dependencies
  const { tool, file } = request
  const version = readToolVersion(tool, request.version)
  const waiting = store.waitingPlace(tool, version, file)
  try {
    if (!(await stat(file)).isFile())
      throw new ProblemError({
        code: 'bad-input',
        message: `${file} is not a file`,
        hint: 'Choose the program or the archive that its project publishes.',
      })
    await assertRegular(file, await stat(file))
    await rm(waiting, { force: true })
    await mkdir(dirname(waiting), { recursive: true, mode: 0o700 })
    // Not `copyFile`, which takes over the rights of the original: it may be executable there.
    await pipeline(createReadStream(file), createWriteStream(waiting, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw diskProblem(`${file} could not be read`, error)
  }
  const pin = pins[findRelease(tool, version, platform).url]
  request.signal?.throwIfAborted()
  return await takeIn(dependencies, {
    tool,
    version,
    file: waiting,
    from: file,
    isImport: true,
    pin,
    published: undefined,
    confirmed: request.confirmed,
  })
}

/** Whether a whole file waits for its hash to be confirmed. */
async function isWaiting(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

async function takeIn(
  { store, unconfirmed }: Pick<InstallDependencies, 'store' | 'unconfirmed'>,
  file: {
    readonly tool: ToolName
    readonly version: string
    readonly file: string
    readonly from: string
    readonly isImport: boolean
    readonly pin: string | undefined
    readonly published: string | undefined
    readonly confirmed: string | undefined
  },
): Promise<InstallOutcome> {
  const { tool, version, from } = file
  const sha256 = await hashFile(file.file)
  const confirmed = file.confirmed === undefined ? undefined : readHash(file.confirmed)
  const expected = file.pin ?? file.published ?? confirmed
  if (expected === undefined) {
    if (file.confirmed === undefined) {
      await unconfirmed.note(file.file, { tool, version, sha256, from, isImport: file.isImport })
      return { state: 'unconfirmed', sha256, from }
    }
    throw new ProblemError({
      code: 'bad-input',
      message: `${JSON.stringify(file.confirmed.slice(0, 80))} is not a SHA-256`,
      hint: 'It has 64 digits from 0 to 9 and a to f.',
    })
  }
  if (sha256 !== expected) {
    await unconfirmed.drop(file.file)
    throw new ProblemError({
      code: 'invalid',
      message: `${tool} ${version} is not what was published: its SHA-256 is ${sha256}, not ${expected}`,
      hint: 'It was deleted. Try again; if it happens again, do not trust the mirror or the network.',
    })
  }
  const voucher: Voucher =
    file.pin !== undefined ? 'pinned' : file.published !== undefined ? 'published' : 'confirmed'
  const installed = await store.add({ tool, version, file: file.file, sha256, voucher, from })
  await unconfirmed.settle(file.file)
  return { state: 'installed', installed }
}
