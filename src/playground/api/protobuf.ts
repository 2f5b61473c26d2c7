import { textOf } from '../objects/json.ts'
import { badRequest } from '../objects/status-error.ts'
import { messages, statusFields } from './protobuf-messages.ts'

/** Every protobuf body of Kubernetes begins with this. */
const MAGIC = Buffer.from('k8s\0')

// https://protobuf.dev/programming-guides/encoding/
const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

interface Field {
  readonly number: number
  readonly bytes: Buffer
  readonly value: bigint
}

/** The kind is known, or a part of it that is set is not. */
export class UnknownProtobuf extends Error {}

function* readFields(bytes: Buffer): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) throw badRequest('the protobuf body ends in the middle of a field')
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw badRequest('the protobuf body holds a number that is too long')
  }
  const take = (size: number): Buffer => {
    if (at + size > bytes.length) throw badRequest('the protobuf body ends in the middle of a field')
    at += size
    return bytes.subarray(at - size, at)
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const number = key >>> 3
    switch (key & 7) {
      case VARINT:
        yield { number, value: varint(), bytes: Buffer.alloc(0) }
        break
      case LENGTH:
        yield { number, value: 0n, bytes: take(Number(varint())) }
        break
      case FIXED64:
        yield { number, value: take(8).readBigUInt64LE(), bytes: Buffer.alloc(0) }
        break
      case FIXED32:
        yield { number, value: BigInt(take(4).readUInt32LE()), bytes: Buffer.alloc(0) }
        break
      default:
        throw badRequest('the protobuf body holds a field of an unknown form')
    }
  }
}

const isZero = ({ value, bytes }: Field): boolean => value === 0n && bytes.length === 0

function readEntry(bytes: Buffer, isText: boolean): readonly [string, string] {
  let key = ''
  let value = ''
  for (const field of readFields(bytes)) {
    if (field.number === 1) key = field.bytes.toString('utf8')
    if (field.number === 2) value = field.bytes.toString(isText ? 'utf8' : 'base64')
  }
  return [key, value]
}

function readIntOrString(bytes: Buffer): number | string {
  const fields = new Map([...readFields(bytes)].map(field => [field.number, field]))
  return fields.get(1)?.value === 1n
    ? (fields.get(3)?.bytes.toString('utf8') ?? '')
    : Number(BigInt.asIntN(32, fields.get(2)?.value ?? 0n))
}

function readTime(bytes: Buffer): string | undefined {
  const seconds = [...readFields(bytes)].find(({ number }) => number === 1)?.value
  return seconds === undefined
    ? undefined
    : new Date(Number(seconds) * 1_000).toISOString().replace('.000', '')
}

function readValue(type: string, field: Field): unknown {
  const { bytes, value } = field
  switch (type) {
    case 'text':
      return bytes.toString('utf8')
    case 'bytes':
      return bytes.toString('base64')
    case 'bool':
      return value !== 0n
    case 'number':
    case 'number?':
      return Number(BigInt.asIntN(64, value))
    case 'time':
      return readTime(bytes)
    case 'intOrString':
      return readIntOrString(bytes)
    default:
      return readMessage(type, bytes)
  }
}

function readMessage(name: string, bytes: Buffer): Readonly<Record<string, unknown>> {
  const message = messages[name]
  if (!message) throw new UnknownProtobuf(name)
  const object: Record<string, unknown> = {}
  for (const field of readFields(bytes)) {
    const [key, type] = message[field.number] ?? []
    if (key === undefined || type === undefined) {
      // Go writes every field that is no pointer, most of them as zero.
      if (isZero(field) || statusFields[name] === field.number || isEmptyMessage(field)) continue
      throw new UnknownProtobuf(`${name}, field ${field.number}`)
    }
    if (type.endsWith('Map')) {
      const [entry, value] = readEntry(field.bytes, type === 'textMap')
      object[key] = { ...(object[key] as object | undefined), [entry]: value }
    } else if (type.endsWith('[]'))
      object[key] = [...((object[key] as unknown[] | undefined) ?? []), readValue(type.slice(0, -2), field)]
    else if (!isZero(field) || type === 'number?') object[key] = readValue(type, field)
  }
  return object
}

/** A message, or a text, of zeros only. */
function isEmptyMessage({ bytes }: Field): boolean {
  if (bytes.length === 0) return false
  try {
    return [...readFields(bytes)].every(isZero)
  } catch {
    // A text: it is set.
    return false
  }
}

/**
 * A protobuf body as data. Source: k8s.io/apimachinery/pkg/runtime/serializer/protobuf: `k8s\0`, then a
 * `runtime.Unknown` of the type's name and the object's bytes.
 */
export function readProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  let type: Readonly<Record<string, unknown>> = {}
  let raw = Buffer.alloc(0)
  for (const { number, bytes } of readFields(body.subarray(MAGIC.length))) {
    if (number === 1)
      type = Object.fromEntries(
        [...readFields(bytes)].map(field => [
          field.number === 1 ? 'apiVersion' : 'kind',
          field.bytes.toString('utf8'),
        ]),
      )
    if (number === 2) raw = Buffer.from(bytes)
  }
  return { ...type, ...readMessage(textOf(type['kind']), raw) }
}
