import { CONTROL_HEAD, FLAG_FIN, HEADER_SIZE } from './spdy-frames.ts'

export interface SpdyListener {
  onControl(type: number, id: number, payload: Buffer): void
  onData(id: number, bytes: Buffer): void
  /** The other end sends no more on this stream. */
  onEnd(id: number): void
  /** Not SPDY/3.1, or more than anybody needs: the connection is of no use any more. */
  onViolation(reason: string): void
}

/** Control frames here have a few bytes; headers a few hundred. */
const LONGEST_CONTROL = 64 * 1024

/** Reads the frames of a SPDY/3.1 connection; data is passed on as it comes and never gathered. */
export function createSpdyReader(listener: SpdyListener): { read(bytes: Buffer): void } {
  let header: Buffer = Buffer.alloc(0)
  let isInside = false
  let left = 0
  let id = 0
  let type = 0
  let flags = 0
  let isControl = false
  let payload: Buffer[] = []
  let isBroken = false
  const isSound = (): boolean => !isBroken

  function begin(bytes: Buffer, at: number): void {
    const first = bytes.readUInt32BE(at)
    const second = bytes.readUInt32BE(at + 4)
    isControl = first >= 0x8000_0000
    id = first & 0x7fff_ffff
    type = first & 0xffff
    flags = second >>> 24
    left = second & 0xff_ffff
    isInside = true
    if (!isControl) return
    if (first >>> 16 !== CONTROL_HEAD)
      violate(`the server speaks SPDY version ${String((first >>> 16) & 0x7fff)}`)
    else if (left > LONGEST_CONTROL) violate(`a control frame has ${String(left)} bytes`)
  }

  function violate(reason: string): void {
    isBroken = true
    listener.onViolation(reason)
  }

  function finish(): void {
    isInside = false
    if (!isControl) {
      if (flags & FLAG_FIN) listener.onEnd(id)
      return
    }
    const whole = Buffer.concat(payload)
    payload = []
    const stream = whole.length >= 4 ? whole.readUInt32BE(0) & 0x7fff_ffff : 0
    listener.onControl(type, stream, whole)
  }

  return {
    read(bytes) {
      let at = 0
      while (at < bytes.length && isSound()) {
        if (!isInside) {
          if (header.length === 0 && bytes.length - at >= HEADER_SIZE) {
            begin(bytes, at)
            at += HEADER_SIZE
          } else {
            const part = bytes.subarray(at, at + HEADER_SIZE - header.length)
            header = Buffer.concat([header, part])
            at += part.length
            if (header.length < HEADER_SIZE) return
            begin(header, 0)
            header = Buffer.alloc(0)
          }
          if (left === 0 && isSound()) finish()
          continue
        }
        const part = bytes.subarray(at, at + left)
        at += part.length
        left -= part.length
        if (isControl) payload.push(part)
        else listener.onData(id, part)
        if (left === 0) finish()
      }
    },
  }
}
