import { duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createHeaderCodec } from './spdy-headers.ts'
import { serveSpdy, type SpdyStream } from './spdy.ts'

test('headers of many frames are one compressed stream', async () => {
  const [sender, receiver] = [createHeaderCodec(), createHeaderCodec()]
  for (const headers of [{ streamtype: 'error', port: '80' }, { streamtype: 'data', port: '80' }, {}])
    expect(await receiver.decode(await sender.encode(headers))).toEqual(headers)
  sender.close()
  receiver.close()
})

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}
const frame = (first: number, flags: number, payload: Buffer): Buffer =>
  Buffer.concat([number(first), number((flags << 24) | payload.length), payload])

test('a stream is answered, carries data both ways and ends', async () => {
  const [client, server] = duplexPair()
  const codec = createHeaderCodec()
  const opened = new Promise<SpdyStream>(resolve => serveSpdy(server, resolve))
  const headers = await codec.encode({ StreamType: 'data', port: '80' })
  client.write(frame(0x80030001, 0, Buffer.concat([number(1), number(0), Buffer.alloc(2), headers])))
  const stream = await opened
  expect(stream.headers).toEqual({ streamtype: 'data', port: '80' })
  // In pieces: frames need not arrive whole.
  const hello = frame(1, 1, Buffer.from('hello'))
  client.write(hello.subarray(0, 3))
  client.write(hello.subarray(3))
  expect(await text(stream.data)).toBe('hello')
  stream.data.end('back')
  const answered: Buffer[] = []
  await new Promise<void>(resolve => {
    client.on('data', (chunk: Buffer) => {
      answered.push(chunk)
      if (Buffer.concat(answered).includes('back')) resolve()
    })
  })
  // SYN_REPLY comes first.
  expect(Buffer.concat(answered).readUInt32BE(0)).toBe(0x80030002)
  client.destroy()
  codec.close()
})
