import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'
import { ProblemError } from '../../domain/problem.ts'
import { timedOut } from './dial-timeout.ts'

/** A page of 500 large objects; no answer of an API server comes near. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024
/** Of an answer that says what went wrong; what follows is not read. */
const MAX_ERROR_BYTES = 1024 * 1024
/** From the head to the last byte of an answer that is no stream. */
const BODY_TIMEOUT_MS = 120_000
/** A watch's line is one object, and etcd keeps none above 1.5 MB by default. */
export const MAX_LINE_LENGTH = 16 * 1024 * 1024
/** The deepest OpenAPI schemas have about 100 levels. */
const MAX_JSON_DEPTH = 1000

/** The whole text of an answer. Throws `too-large` above the limit, and closes what is still coming. */
export async function readText(body: Readable, maxBytes = MAX_BODY_BYTES): Promise<string> {
  return (await readBytes(body, maxBytes, true)).toString('utf8')
}

/** The beginning of an answer that says what went wrong. */
export async function readErrorText(body: Readable): Promise<string> {
  return (await readBytes(body, MAX_ERROR_BYTES, false)).toString('utf8')
}

async function readBytes(body: Readable, maxBytes: number, isWhole: boolean): Promise<Buffer> {
  const late = setTimeout(() => body.destroy(timedOut('an answer')), BODY_TIMEOUT_MS)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes && isWhole)
        throw tooLarge(`The server's answer is larger than ${megabytes(maxBytes)} MB`)
      chunks.push(size > maxBytes ? chunk.subarray(0, chunk.length - (size - maxBytes)) : chunk)
      if (size > maxBytes) break
    }
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(late)
    body.destroy()
  }
}

export interface LineLimit {
  readonly maxLength: number
  /** Whether a longer line is cut, so that the lines behind it are read; else it is a problem `too-large`. */
  readonly isCut: boolean
}

/** The lines of an answer as they come, none longer than the limit. */
export async function* splitLines(
  body: Readable,
  { maxLength, isCut }: LineLimit = { maxLength: MAX_LINE_LENGTH, isCut: false },
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  // Objects of a megabyte come in many chunks: they are joined once, at the line's end.
  let pieces: string[] = []
  let length = 0
  /** Whether the beginning of the line that is being read was given already. */
  let isCutGiven = false
  const add = (text: string): void => {
    const room = maxLength - length
    length += text.length
    if (room > 0) pieces.push(text.length > room ? text.slice(0, room) : text)
    if (length > maxLength && !isCut)
      throw tooLarge(`The server sent a line longer than ${megabytes(maxLength)} MB`)
  }
  const take = (): string => {
    const line = pieces.join('') + (length > maxLength ? CUT : '')
    pieces = []
    length = 0
    return line
  }
  for await (const chunk of body) {
    const text = decoder.write(chunk as Buffer)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      add(text.slice(start, end))
      const line = take()
      if (!isCutGiven) yield line
      isCutGiven = false
      start = end + 1
    }
    if (start < text.length) add(text.slice(start))
    // A line that is over its limit is given at once: its end may never come.
    if (length > maxLength && !isCutGiven) {
      yield pieces.join('') + CUT
      isCutGiven = true
      pieces = []
    }
  }
  add(decoder.end())
  if (length > 0 && !isCutGiven) yield take()
}

/** Ends a line of which only the beginning was kept. */
export const CUT = ' … (cut)'

/** JSON of a server, not nested without end: what goes through it recursively would exhaust the stack. */
export function parseJson(body: string): unknown {
  if (isDeeperThan(body, MAX_JSON_DEPTH))
    throw tooLarge(`The server's answer is nested more than ${MAX_JSON_DEPTH} levels deep`)
  try {
    return JSON.parse(body)
  } catch {
    throw new ProblemError({
      code: 'unreachable',
      message: 'The answer is not JSON: is it an API server that answers?',
      hint: 'Check the server address; a login page or proxy may answer in its place.',
      raw: body.slice(0, 2000),
    })
  }
}

/** One pass over the brackets outside texts. */
export function isDeeperThan(json: string, maxDepth: number): boolean {
  let depth = 0
  const signs = /["[\]{}]/g
  for (let found = signs.exec(json); found; found = signs.exec(json)) {
    const [sign] = found
    if (sign === '"') {
      const end = endOfText(json, found.index + 1)
      if (end < 0) return false
      signs.lastIndex = end + 1
    } else if (sign === '[' || sign === '{') {
      depth += 1
      if (depth > maxDepth) return true
    } else depth -= 1
  }
  return false
}

function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start)
  while (end >= 0) {
    let backslashes = 0
    while (json.charCodeAt(end - 1 - backslashes) === 92) backslashes += 1
    if (backslashes % 2 === 0) return end
    end = json.indexOf('"', end + 1)
  }
  return -1
}

export const tooLarge = (message: string): ProblemError =>
  new ProblemError({
    code: 'too-large',
    message,
    hint: 'The rest was not read. Check the server, or a proxy in between.',
  })

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024)
