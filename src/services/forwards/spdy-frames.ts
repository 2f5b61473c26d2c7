// Frames of SPDY/3.1. Source: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/, section 2.
const VERSION = 3
const SYN_STREAM = 1
const CANCEL = 5
export const SYN_REPLY = 2
export const RST_STREAM = 3
export const PING = 6
export const GOAWAY = 7
export const FLAG_FIN = 1
export const HEADER_SIZE = 8
/** The first two bytes of a control frame. */
export const CONTROL_HEAD = 0x8000 | VERSION

const numbers = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4))
  return bytes
}

const controlFrame = (type: number, payload: Buffer): Buffer =>
  Buffer.concat([numbers((CONTROL_HEAD << 16) | type, payload.length), payload])

/** The head of a frame of data; its bytes follow. */
export const dataFrame = (id: number, flags: number, size: number): Buffer =>
  numbers(id, (flags << 24) | size)

/** Gives a stream up. */
export const resetFrame = (id: number): Buffer => controlFrame(RST_STREAM, numbers(id, CANCEL))

export const pingFrame = (payload: Buffer): Buffer => controlFrame(PING, payload)

/** An empty stored block: readers give out what they have. Source: Go's compress/flate, inflate.go, dataBlock. */
const FLUSH = Buffer.of(0, 0, 0, 0xff, 0xff)

/**
 * Makes frames that open streams. The headers of a connection are one zlib stream; here it is of stored blocks only,
 * which every reader understands and which need no state: a few hundred bytes for each connection are no burden.
 * Source: SPDY/3.1, section 2.6.10; RFC 1951, section 3.2.4.
 */
export function createOpener(): (id: number, headers: Readonly<Record<string, string>>) => Buffer {
  let isFirst = true
  return (id, headers) => {
    const entries = Object.entries(headers)
    const texts = entries.flat().map(text => {
      const bytes = Buffer.from(text)
      return Buffer.concat([numbers(bytes.length), bytes])
    })
    const plain = Buffer.concat([numbers(entries.length), ...texts])
    const block = Buffer.alloc(5)
    block.writeUInt16LE(plain.length, 1)
    block.writeUInt16LE(plain.length ^ 0xffff, 3)
    // The head of a zlib stream without the preset dictionary. Source: RFC 1950, section 2.2.
    const head = isFirst ? [Buffer.of(0x78, 0x01)] : []
    isFirst = false
    return controlFrame(
      SYN_STREAM,
      Buffer.concat([numbers(id, 0), Buffer.alloc(2), ...head, block, plain, FLUSH]),
    )
  }
}
