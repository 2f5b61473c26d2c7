import { describe, expect, test } from 'vitest'
import { dataFrame, FLAG_FIN, GOAWAY, PING, pingFrame, resetFrame, RST_STREAM } from './spdy-frames.ts'
import { createSpdyReader } from './spdy-reader.ts'

/** What a reader tells of bytes that come in pieces of a size. */
function tell(bytes: Buffer, size: number): string[] {
  const told: string[] = []
  let data = ''
  const flush = (): void => {
    if (data !== '') told.push(data)
    data = ''
  }
  const reader = createSpdyReader({
    onControl(type, id, payload) {
      flush()
      told.push(`control ${String(type)} of ${String(id)}: ${payload.toString('hex')}`)
    },
    onData(id, part) {
      if (data === '') data = `data of ${String(id)}: `
      data += part.toString('latin1')
    },
    onEnd(id) {
      flush()
      told.push(`end of ${String(id)}`)
    },
    onViolation(reason) {
      flush()
      told.push(`violation: ${reason}`)
    },
  })
  for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size))
  flush()
  return told
}

const control = (version: number, type: number, size: number): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x8000 | version, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(size, 4)
  return head
}

describe('frames split at any byte', () => {
  const bytes = Buffer.concat([
    pingFrame(Buffer.of(0, 0, 0, 7)),
    ...[dataFrame(3, 0, 5), Buffer.from('hello')],
    dataFrame(5, 0, 0),
    resetFrame(7),
    ...[dataFrame(3, FLAG_FIN, 3), Buffer.from('end')],
    ...[control(3, GOAWAY, 8), Buffer.alloc(8)],
    dataFrame(1, FLAG_FIN, 0),
  ])
  const told = [
    `control ${String(PING)} of 7: 00000007`,
    'data of 3: hello',
    `control ${String(RST_STREAM)} of 7: 0000000700000005`,
    'data of 3: end',
    'end of 3',
    `control ${String(GOAWAY)} of 0: 0000000000000000`,
    'end of 1',
  ]
  test.each(Array.from({ length: bytes.length }, (_, index) => index + 1))('pieces of %d', size => {
    expect(tell(bytes, size)).toEqual(told)
  })
})

describe('what is hostile ends the reading', () => {
  const after = Buffer.concat([dataFrame(3, 0, 4), Buffer.from('more')])
  test.each([
    [
      'an HTTP answer',
      Buffer.from('\x80\x48TTP/1.1 200 OK\r\n\r\n'),
      ['violation: the server speaks SPDY version 72'],
    ],
    ['SPDY/2', control(2, PING, 4), ['violation: the server speaks SPDY version 2']],
    [
      'a control frame of 16 MiB',
      control(3, PING, 0xff_ffff),
      ['violation: a control frame has 16777215 bytes'],
    ],
    [
      'an empty control frame of another version',
      control(9, 0, 0),
      ['violation: the server speaks SPDY version 9'],
    ],
  ])('%s', (_name, bytes, told) => {
    for (const size of [1, 3, 1000]) expect(tell(Buffer.concat([bytes, after]), size)).toEqual(told)
  })

  test('a frame that lies about its length passes on what came, and keeps nothing', () => {
    const bytes = Buffer.concat([dataFrame(3, FLAG_FIN, 0xff_ffff), Buffer.from('few')])
    expect(tell(bytes, 2)).toEqual(['data of 3: few'])
  })
})
