import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { WRITE_LIMIT, type ByteChannel, type ByteChannelListener } from './byte-channel.ts'

// Source: RFC 6455, section 5.2.
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10
const FINAL = 0x80
const MASKED = 0x80
const LONGEST_HEADER = 10
const LONGEST_CONTROL = 125

/** A connection that says nothing for two of these is gone: a laptop that slept, a VPN that fell. */
const HEARTBEAT_MS = 10_000

/**
 * Bytes in binary messages of a WebSocket; where a message ends means nothing. Payload is passed on as it comes, so a
 * large message costs no memory. The library `ws` cannot be asked for the subprotocol that Kubernetes needs: its name
 * has a slash, which is no token of RFC 6455.
 */
export function openWebSocketChannel(
  socket: Duplex,
  head: Buffer,
  listener: ByteChannelListener,
): ByteChannel {
  let rest: Buffer = Buffer.alloc(0)
  /** Payload of the present frame that is still to come, and what kind of frame it is. */
  let left = 0
  let opcode = 0
  let control: Buffer[] = []
  let isClosed = false
  let isPaused = false
  let silentBeats = 0

  const close = (reason: string): void => {
    if (isClosed) return
    isClosed = true
    clearInterval(heartbeat)
    socket.destroy()
    listener.onClose(reason)
  }

  function send(code: number, pieces: readonly Buffer[]): boolean {
    if (isClosed) return true
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    // Whole words are masked four bytes at a time.
    const words = new Uint32Array(Math.ceil(size / 4))
    const body = Buffer.from(words.buffer, 0, size)
    let at = 0
    for (const piece of pieces) at += piece.copy(body, at)
    const mask = randomBytes(4)
    const word = new Uint32Array(Uint8Array.from(mask).buffer)[0] ?? 0
    for (let index = 0; index < words.length; index += 1) words[index] = (words[index] ?? 0) ^ word
    const header = Buffer.alloc(size < 126 ? 6 : size < 65_536 ? 8 : 14)
    header[0] = FINAL | code
    if (size < 126) header[1] = MASKED | size
    else if (size < 65_536) {
      header[1] = MASKED | 126
      header.writeUInt16BE(size, 2)
    } else {
      header[1] = MASKED | 127
      header.writeBigUInt64BE(BigInt(size), 2)
    }
    mask.copy(header, header.length - 4)
    socket.cork()
    socket.write(header)
    socket.write(body)
    socket.uncork()
    return socket.writableLength < WRITE_LIMIT
  }

  function finishControl(): void {
    const payload = Buffer.concat(control)
    control = []
    // Who asks and does not read the answers gets no more of them.
    if (opcode === PING && socket.writableLength < WRITE_LIMIT) send(PONG, [payload])
    else if (opcode === CLOSE) {
      send(CLOSE, [payload.subarray(0, 2)])
      close(payload.length > 2 ? payload.toString('utf8', 2) : 'the server closed the connection')
    }
  }

  /** How many bytes the header that begins here has; 0: not all of it is here. */
  function readHeader(bytes: Buffer, at: number): number {
    const [first, second] = [bytes[at], bytes[at + 1]]
    if (first === undefined || second === undefined) return 0
    const short = second & 0x7f
    const size = short === 126 ? 4 : short === 127 ? LONGEST_HEADER : 2
    if (bytes.length < at + size) return 0
    opcode = first & 0x0f
    left =
      short === 126
        ? bytes.readUInt16BE(at + 2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(at + 2))
          : short
    // Source: RFC 6455, sections 5.1 and 5.5.
    if ((second & MASKED) !== 0) close('the server masks its frames')
    else if (opcode >= CLOSE && (left > LONGEST_CONTROL || (first & FINAL) === 0))
      close('a control frame of the server is too long')
    return size
  }

  const isEmptyControl = (): boolean => left === 0 && opcode >= CLOSE

  function take(chunk: Buffer): void {
    silentBeats = 0
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    rest = Buffer.alloc(0)
    let at = 0
    while (at < bytes.length) {
      if (left === 0) {
        const size = readHeader(bytes, at)
        if (size === 0) {
          rest = bytes.subarray(at)
          return
        }
        at += size
        if (isClosed) return
        if (isEmptyControl()) finishControl()
        continue
      }
      const part = bytes.subarray(at, at + left)
      at += part.length
      left -= part.length
      if (opcode < CLOSE) listener.onBytes(part)
      else {
        control.push(part)
        if (left === 0) finishControl()
      }
      if (isClosed) return
    }
  }

  const heartbeat = setInterval(() => {
    // While nothing is read, no answer can be seen.
    if (isPaused) return
    silentBeats += 1
    if (silentBeats > 2) close('the API server does not answer any more')
    else send(PING, [])
  }, HEARTBEAT_MS)
  heartbeat.unref()
  socket.on('drain', () => listener.onDrain())
  socket.on('error', error => close(error.message))
  socket.on('close', () => close('the connection to the API server was cut'))
  socket.on('end', () => close('the API server ended the connection'))
  socket.on('data', take)
  if (head.length > 0) take(head)

  return {
    write: pieces => send(BINARY, pieces),
    pause() {
      isPaused = true
      socket.pause()
    },
    resume() {
      isPaused = false
      silentBeats = 0
      socket.resume()
    },
    close: () => close('closed'),
  }
}
