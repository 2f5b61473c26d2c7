import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { openWebSocketChannel } from './web-socket-channel.ts'

/** A channel over a wire of which both ends are in hand. */
function open(head: Buffer = Buffer.alloc(0)) {
  const sent: Buffer[] = []
  const wire = new Duplex({
    read() {
      // The test pushes.
    },
    write(bytes: Buffer, _encoding, done) {
      sent.push(bytes)
      done()
    },
  })
  const seen = { text: '', bytes: 0, closed: [] as string[] }
  const channel = openWebSocketChannel(wire, head, {
    onBytes(bytes) {
      seen.bytes += bytes.length
      if (seen.text.length < 200) seen.text += bytes.toString('latin1')
    },
    onDrain() {
      // Nothing waits here.
    },
    onClose: reason => seen.closed.push(reason),
  })
  return { wire, channel, seen, sent: () => Buffer.concat(sent) }
}

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

async function receive(bytes: Buffer, size: number): Promise<ReturnType<typeof open>> {
  const opened = open()
  for (let at = 0; at < bytes.length; at += size) {
    opened.wire.push(bytes.subarray(at, at + size))
    if (size < 200) await settle()
  }
  await settle()
  return opened
}

/** A frame as a server sends it. `form`: how many bytes its length is written in. */
function frame(first: number, payload: Buffer, form: 1 | 2 | 8 = 1, length = payload.length): Buffer {
  if (form === 1) return Buffer.concat([Buffer.of(first, length), payload])
  const head = Buffer.alloc(2 + form)
  head[0] = first
  head[1] = form === 2 ? 126 : 127
  if (form === 2) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

/** Takes one masked frame apart. */
function unmask(bytes: Buffer): { first: number; payload: Buffer; rest: Buffer } {
  const short = (bytes[1] ?? 0) & 0x7f
  expect((bytes[1] ?? 0) & 0x80, 'a client masks').toBe(0x80)
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  const at = short === 126 ? 4 : short === 127 ? 10 : 2
  const mask = bytes.subarray(at, at + 4)
  const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length))
  for (let index = 0; index < payload.length; index += 1)
    payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0)
  return { first: bytes[0] ?? 0, payload, rest: bytes.subarray(at + 4 + length) }
}

describe('frames of the server', () => {
  const body = Buffer.from('hello')
  test.each([
    ['a short length', frame(0x82, body), 'hello'],
    ['a length of two bytes', frame(0x82, body, 2), 'hello'],
    ['a length of eight bytes', frame(0x82, body, 8), 'hello'],
    [
      'fragments',
      Buffer.concat([frame(0x02, body), frame(0x00, body), frame(0x80, body)]),
      'hellohellohello',
    ],
    [
      'a ping between fragments',
      Buffer.concat([frame(0x02, body), frame(0x89, Buffer.from('?')), frame(0x80, body)]),
      'hellohello',
    ],
    ['an empty frame', Buffer.concat([frame(0x82, Buffer.alloc(0)), frame(0x82, body)]), 'hello'],
    ['an empty pong', Buffer.concat([frame(0x8a, Buffer.alloc(0)), frame(0x82, body)]), 'hello'],
  ])('%s, split at any byte', async (_name, bytes, text) => {
    for (let size = 1; size <= bytes.length; size += 1) {
      const { seen, channel } = await receive(bytes, size)
      expect(seen).toMatchObject({ text, closed: [] })
      channel.close()
    }
  })

  test('what came with the upgrade is read first', async () => {
    const { seen, wire, channel } = open(frame(0x82, Buffer.from('one ')))
    wire.push(frame(0x82, Buffer.from('two')))
    await settle()
    await settle()
    expect(seen.text).toBe('one two')
    channel.close()
  })

  test('a ping is answered with its own bytes', async () => {
    const { sent, channel } = await receive(frame(0x89, Buffer.from('are you there')), 3)
    expect(unmask(sent())).toMatchObject({ first: 0x8a, payload: Buffer.from('are you there') })
    channel.close()
  })

  test('a close is answered, and its reason told once', async () => {
    const reason = Buffer.concat([Buffer.of(0x03, 0xe9), Buffer.from('going away')])
    const { sent, seen, wire } = await receive(frame(0x88, reason), 4)
    expect(unmask(sent())).toMatchObject({ first: 0x88, payload: Buffer.of(0x03, 0xe9) })
    expect(seen.closed).toEqual(['going away'])
    expect(wire.destroyed).toBe(true)
  })
})

describe('hostile servers are left', () => {
  test.each([
    ['a masked frame', Buffer.of(0x82, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9), /masks/],
    ['a ping of 4 EiB', frame(0x89, Buffer.from('few'), 8, 2 ** 62), /too long/],
    ['a close of 126 bytes', frame(0x88, Buffer.alloc(126), 2), /too long/],
    ['a ping in fragments', frame(0x09, Buffer.from('part')), /too long/],
  ])('%s', async (_name, bytes, reason) => {
    for (const size of [1, 1000]) {
      const { seen, wire } = await receive(bytes, size)
      expect(seen.closed).toEqual([expect.stringMatching(reason)])
      expect(seen.bytes).toBe(0)
      expect(wire.destroyed).toBe(true)
    }
  })

  test('a message that never ends passes through and is not gathered', async () => {
    const { seen, wire, channel } = await receive(frame(0x82, Buffer.alloc(1000), 8, 2 ** 62), 1024)
    for (let index = 0; index < 64; index += 1) {
      wire.push(Buffer.alloc(1024 * 1024))
      await settle()
    }
    expect(seen.bytes).toBe(1000 + 64 * 1024 * 1024)
    channel.close()
  })
})

test.each([0, 1, 125, 126, 65_535, 65_536, 100_001])('%d bytes are sent as one masked frame', size => {
  const { channel, sent } = open()
  const bytes = Buffer.alloc(size, 'abcdefg')
  channel.write([bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)])
  const { first, payload, rest } = unmask(sent())
  expect({ first, same: payload.equals(bytes), rest: rest.length }).toEqual({
    first: 0x82,
    same: true,
    rest: 0,
  })
  channel.close()
})
