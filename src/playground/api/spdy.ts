import type { Duplex } from 'node:stream'
import { Duplex as DuplexStream } from 'node:stream'
import { createHeaderCodec, type Headers } from './spdy-headers.ts'

// Frames of SPDY/3.1. Source: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/, section 2.
const SYN_STREAM = 1
const SYN_REPLY = 2
const RST_STREAM = 3
const PING = 6
const GOAWAY = 7
const FLAG_FIN = 1
const VERSION = 3
const HEADER_SIZE = 8
const CANCEL = 5
const LARGEST_FRAME = 1024 * 1024
// Small enough that streams of one connection share it fairly.
const CHUNK = 32 * 1024

export interface SpdyStream {
  readonly headers: Headers
  readonly data: Duplex
}

/**
 * The server's end of one SPDY/3.1 connection: calls `onStream` for each stream that the client opens. Flow control
 * is that of the connection below: the clients of Kubernetes (moby/spdystream) send no WINDOW_UPDATE.
 */
export function serveSpdy(connection: Duplex, onStream: (stream: SpdyStream) => void): void {
  const codec = createHeaderCodec()
  const streams = new Map<number, DuplexStream>()
  /** Streams whose own half the client has ended. */
  let isEnded = false

  const write = (frame: Buffer, done: (error?: Error | null) => void = () => undefined): void => {
    if (isEnded) done()
    else connection.write(frame, done)
  }
  const controlFrame = (type: number, flags: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(HEADER_SIZE)
    head.writeUInt16BE(0x8000 | VERSION, 0)
    head.writeUInt16BE(type, 2)
    head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4)
    return Buffer.concat([head, payload])
  }
  const dataFrame = (id: number, flags: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(HEADER_SIZE)
    head.writeUInt32BE(id, 0)
    head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4)
    return Buffer.concat([head, payload])
  }
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value >>> 0, 0)
    return bytes
  }

  function openStream(id: number): DuplexStream {
    const stream = new DuplexStream({
      allowHalfOpen: true,
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        for (let at = 0; at < chunk.length; at += CHUNK) {
          const part = chunk.subarray(at, at + CHUNK)
          write(dataFrame(id, 0, part), at + CHUNK >= chunk.length ? done : undefined)
        }
        if (chunk.length === 0) done()
      },
      final: done => write(dataFrame(id, FLAG_FIN, Buffer.alloc(0)), done),
      destroy(error, done) {
        streams.delete(id)
        if (error) write(controlFrame(RST_STREAM, 0, Buffer.concat([number(id), number(CANCEL)])))
        done(null)
      },
    })
    streams.set(id, stream)
    return stream
  }

  async function onControl(type: number, flags: number, payload: Buffer): Promise<void> {
    const id = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0
    switch (type) {
      case SYN_STREAM: {
        const headers = await codec.decode(payload.subarray(10))
        const data = openStream(id)
        write(controlFrame(SYN_REPLY, 0, Buffer.concat([number(id), await codec.encode({})])))
        onStream({ headers, data })
        if (flags & FLAG_FIN) data.push(null)
        return
      }
      case RST_STREAM:
        streams.get(id)?.destroy()
        return
      case PING:
        write(controlFrame(PING, 0, payload))
        return
      case GOAWAY:
        connection.end()
        return
      default:
        // SETTINGS, HEADERS and WINDOW_UPDATE ask nothing of this server.
        return
    }
  }

  async function run(): Promise<void> {
    let waiting = Buffer.alloc(0)
    for await (const chunk of connection as AsyncIterable<Buffer>) {
      waiting = waiting.length === 0 ? Buffer.from(chunk) : Buffer.concat([waiting, chunk])
      while (waiting.length >= HEADER_SIZE) {
        const first = waiting.readUInt32BE(0)
        const second = waiting.readUInt32BE(4)
        const size = second & 0xffffff
        if (size > LARGEST_FRAME) throw new Error(`a SPDY frame of ${size} bytes is too large`)
        if (waiting.length < HEADER_SIZE + size) break
        const payload = waiting.subarray(HEADER_SIZE, HEADER_SIZE + size)
        waiting = waiting.subarray(HEADER_SIZE + size)
        const flags = second >>> 24
        if (first & 0x80000000) {
          await onControl(first & 0xffff, flags, payload)
          continue
        }
        const stream = streams.get(first & 0x7fffffff)
        if (stream && !stream.destroyed) {
          if (payload.length > 0) stream.push(payload)
          if (flags & FLAG_FIN) stream.push(null)
        }
      }
    }
  }

  const finish = (): void => {
    isEnded = true
    for (const stream of streams.values()) stream.destroy()
    codec.close()
    connection.destroy()
  }
  // A connection that breaks is the client's way to go: there is nobody left to tell.
  run().then(finish, finish)
}
