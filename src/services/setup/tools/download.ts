import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../../../domain/problem.ts'
import type { Host } from '../../host.ts'
import { diskProblem } from '../../workspace/disk-problem.ts'
import { writeAtomically } from '../../workspace/write-atomically.ts'
import { downloadProblem, requestUrl } from './request-url.ts'

export interface DownloadProgress {
  readonly bytes: number
  /** Absent where the server does not say. */
  readonly total?: number
  /** What was there from an earlier attempt. */
  readonly resumedFrom: number
}

export interface DownloadRequest {
  readonly url: string
  /** The file, there only when it is whole; for its owner only and not executable. */
  readonly to: string
  readonly env: Host['env']
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: DownloadProgress) => void
  readonly idleTimeoutMs?: number
  readonly maxBytes?: number
}

/** What is remembered beside a part: only the same file may be continued. */
interface PartOf {
  readonly url: string
  readonly validator: string
  readonly total: number
}

const IDLE_TIMEOUT_MS = 30_000
const MAX_BYTES = 512 * 1024 * 1024
const MAX_TEXT_BYTES = 256 * 1024

/**
 * Downloads a file, going on where an earlier attempt ended if the server proves that the file is still the same.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export async function download(request: DownloadRequest): Promise<void> {
  await mkdir(dirname(request.to), { recursive: true, mode: 0o700 })
  const part = await readPart(request)
  const headers = part && { range: `bytes=${part.bytes}-`, 'if-range': part.validator }
  const answer = await requestUrl({
    ...request,
    idleTimeoutMs: request.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    ...(headers && { headers }),
  })
  const { statusCode = 0 } = answer
  if (part && statusCode === 206 && isSameFile(answer, part)) {
    await receive(request, answer, part)
    return
  }
  if (part && (statusCode === 206 || statusCode === 416)) {
    // The part is of another file, or is more than there is: it is worth nothing.
    answer.destroy()
    await forgetPart(request.to)
    await download(request)
    return
  }
  if (statusCode !== 200) {
    answer.destroy()
    throw new ProblemError({
      code: statusCode === 404 || statusCode === 410 ? 'not-found' : 'unreachable',
      message: `${request.url} answered ${statusCode} ${answer.statusMessage ?? ''}`.trim(),
      hint:
        statusCode === 404
          ? 'Check the version; a mirror may not have it.'
          : 'Try again later, or set another mirror.',
    })
  }
  await receive(request, answer, undefined)
}

/** A small text, such as a checksum, whole. */
export async function downloadText(request: Omit<DownloadRequest, 'to'>): Promise<string> {
  const answer = await requestUrl({ ...request, idleTimeoutMs: request.idleTimeoutMs ?? IDLE_TIMEOUT_MS })
  let text = ''
  try {
    if (answer.statusCode !== 200)
      throw new ProblemError({
        code: answer.statusCode === 404 ? 'not-found' : 'unreachable',
        message: `${request.url} answered ${answer.statusCode ?? 0}`,
        hint: 'Without a checksum nothing is installed: try another mirror, or import the file by hand.',
      })
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk
      if (text.length > MAX_TEXT_BYTES)
        throw new ProblemError({ code: 'invalid', message: `${request.url} is too long for a checksum` })
    }
    return text
  } catch (error) {
    throw downloadProblem(new URL(request.url).host, error, request.signal)
  } finally {
    answer.destroy()
  }
}

/** What has come so far, and beside it what it is a part of. */
const partOf = (to: string): string => `${to}.part`
const recordOf = (to: string): string => `${to}.part.json`

async function forgetPart(to: string): Promise<void> {
  await Promise.all([partOf(to), recordOf(to)].map(path => rm(path, { force: true })))
}

async function readPart({ url, to }: DownloadRequest): Promise<(PartOf & { bytes: number }) | undefined> {
  try {
    const known = JSON.parse(await readFile(recordOf(to), 'utf8')) as Partial<PartOf> | null
    const { size } = await stat(partOf(to))
    const { validator, total } = known ?? {}
    if (
      known?.url === url &&
      typeof validator === 'string' &&
      typeof total === 'number' &&
      size > 0 &&
      size < total
    )
      return { url, validator, total, bytes: size }
  } catch {
    // No part, or one that cannot be read: from the beginning.
  }
  await forgetPart(to)
  return undefined
}

function isSameFile(answer: IncomingMessage, part: PartOf & { bytes: number }): boolean {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? []
  return (
    Number(from) === part.bytes && Number(total) === part.total && readValidator(answer) === part.validator
  )
}

/** A strong validator: a weak one may be the same for other bytes. */
function readValidator({ headers }: IncomingMessage): string | undefined {
  if (headers.etag !== undefined && !headers.etag.startsWith('W/')) return headers.etag
  return headers['last-modified']
}

async function receive(
  request: DownloadRequest,
  answer: IncomingMessage,
  part: (PartOf & { bytes: number }) | undefined,
): Promise<void> {
  const { url, to, signal, onProgress, maxBytes = MAX_BYTES, idleTimeoutMs = IDLE_TIMEOUT_MS } = request
  const host = new URL(url).host
  const length = answer.headers['content-length']
  const total = part?.total ?? (length === undefined ? undefined : Number(length))
  const resumedFrom = part?.bytes ?? 0
  const tooLarge = (): ProblemError =>
    new ProblemError({
      code: 'invalid',
      message: `${url} is larger than ${Math.round(maxBytes / 1024 / 1024)} MB, which no tool is`,
      hint: 'Check the mirror.',
    })
  const validator = readValidator(answer)
  try {
    if (total !== undefined && total > maxBytes) throw tooLarge()
    if (!part) {
      await forgetPart(to)
      if (validator !== undefined && total !== undefined)
        await writeAtomically(recordOf(to), JSON.stringify({ url, validator, total }))
    }
    let bytes = resumedFrom
    const reportProgress = (): void =>
      onProgress?.({ bytes, resumedFrom, ...(total === undefined ? {} : { total }) })
    reportProgress()
    answer.setTimeout(idleTimeoutMs, () =>
      answer.destroy(
        new ProblemError({
          code: 'unreachable',
          message: `${host} sent nothing for ${idleTimeoutMs / 1000} s`,
          hint: 'Try again: what has come is kept.',
        }),
      ),
    )
    const file = await open(partOf(to), part ? 'a' : 'w', 0o600)
    try {
      // Written piece by piece: what was reported is on the disk when the connection breaks.
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        if (bytes + chunk.length > (total ?? maxBytes))
          throw total === undefined ? tooLarge() : wrongLength(url, bytes + chunk.length, total)
        await file.appendFile(chunk)
        bytes += chunk.length
        reportProgress()
      }
      await file.sync()
    } finally {
      await file.close()
    }
    if (total !== undefined && bytes !== total) throw wrongLength(url, bytes, total)
  } catch (error) {
    answer.destroy()
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOSPC', 'EROFS', 'EACCES', 'EDQUOT'].includes(String(error.code))
    )
      throw diskProblem(`${to} could not be written`, error)
    throw downloadProblem(host, error, signal)
  }
  await rename(partOf(to), to)
  await rm(recordOf(to), { force: true })
}

const wrongLength = (url: string, bytes: number, total: number): ProblemError =>
  new ProblemError({
    code: 'unreachable',
    message: `${url} ended after ${bytes} of ${total} bytes`,
    hint: 'Try again: what has come is kept.',
  })
