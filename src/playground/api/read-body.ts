import { readStrictDocument } from '../../domain/yaml/read-yaml.ts'
import { badRequest, unsupportedMediaType } from '../objects/status-error.ts'
import type { ApiRequest } from './exchange.ts'
import { readProtobuf, UnknownProtobuf } from './protobuf.ts'
import { tooLarge } from './refusals.ts'

// MaxRequestBodyBytes of the API server.
const LIMIT = 3 * 1024 * 1024

const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const ACCEPTED = ['application/json', 'application/yaml']

export const mediaTypeOf = ({ headers }: ApiRequest): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

async function readBytes({ body }: ApiRequest): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    // What comes is read to its end, so that the client reads the answer; it is not kept.
    if (size <= LIMIT) chunks.push(chunk)
    else chunks.length = 0
  }
  if (size > LIMIT) throw tooLarge(LIMIT)
  return Buffer.concat(chunks)
}

/** The whole body as text; 413 where it is too large. */
export const readText = async (request: ApiRequest): Promise<string> =>
  (await readBytes(request)).toString('utf8')

/** A body in JSON, YAML or, for the few kinds that kubectl sends so, protobuf, as data; undefined where it is empty. */
export async function readDocument(request: ApiRequest, kind: string): Promise<unknown> {
  const mediaType = mediaTypeOf(request)
  const bytes = await readBytes(request)
  if (mediaType === PROTOBUF) return readKnownProtobuf(bytes)
  if (mediaType !== '' && !ACCEPTED.includes(mediaType)) throw unsupportedMediaType(ACCEPTED)
  const text = bytes.toString('utf8')
  if (text.trim() === '') return undefined
  if (mediaType === 'application/yaml') return parseYaml(text)
  return parseJson(text, `the object provided is unrecognized (must be of type ${kind}): `)
}

function readKnownProtobuf(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  try {
    return readProtobuf(bytes)
  } catch (error) {
    if (error instanceof UnknownProtobuf) throw unsupportedMediaType(ACCEPTED)
    throw error
  }
}

export function parseJson(text: string, before = ''): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`${before}couldn't get version/kind; json parse error: ${(error as Error).message}`)
  }
}

export function parseYaml(text: string): unknown {
  try {
    return readStrictDocument(text).value
  } catch (error) {
    throw badRequest(`error decoding YAML: ${(error as Error).message}`)
  }
}
