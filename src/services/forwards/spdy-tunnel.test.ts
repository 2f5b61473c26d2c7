import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ByteChannelListener } from './byte-channel.ts'
import { dataFrame, FLAG_FIN, resetFrame } from './spdy-frames.ts'
import { openTunnel, type Tunnel } from './spdy-tunnel.ts'

const replyFrame = (id: number): Buffer =>
  Buffer.concat([Buffer.of(0x80, 3, 0, 2, 0, 0, 0, 4), Buffer.of(0, 0, 0, id)])

let server: ReturnType<typeof createServer>
let client: Socket
let local: Socket
let wire: ByteChannelListener
let tunnel: Tunnel
let sent: Buffer[]
let isPaused: boolean
let refusals: string[]
let released: number
let releasing: Promise<void>
let closed: string[]

beforeEach(async () => {
  ;[sent, refusals, closed, released, isPaused] = [[], [], [], 0, false]
  let onReleased = (): void => undefined
  releasing = new Promise(resolve => (onReleased = resolve))
  server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => {
    // A reset is what some of the tests are about.
  })
  ;[local] = (await accepted) as [Socket]
  tunnel = openTunnel(
    listener => {
      wire = listener
      return {
        write(pieces) {
          sent.push(...pieces)
          return true
        },
        pause: () => (isPaused = true),
        resume: () => (isPaused = false),
        close: () => listener.onClose('closed'),
      }
    },
    {
      onSent: () => undefined,
      onReceived: () => undefined,
      onRefusal: message => refusals.push(message),
      onRelease() {
        released += 1
        onReleased()
      },
      onClose: reason => closed.push(reason),
    },
  )
  tunnel.connect(local, 80)
})
afterEach(() => {
  client.destroy()
  local.destroy()
  server.close()
})

/** The error stream is 1, the data stream 3. */
const begin = (): void => wire.onBytes(Buffer.concat([replyFrame(1), replyFrame(3)]))
const say = (id: number, text: string, flags = 0): void =>
  wire.onBytes(Buffer.concat([dataFrame(id, flags, text.length), Buffer.from(text)]))
const isReleased = (): Promise<void> => releasing

test('bytes go both ways, and both ends close', async () => {
  begin()
  client.write('question')
  await once(local, 'data')
  expect(Buffer.concat(sent).toString('latin1')).toContain('question')
  say(3, 'answer', FLAG_FIN)
  const [answer] = (await once(client, 'data')) as [Buffer]
  expect(answer.toString()).toBe('answer')
  await isReleased()
  expect(released).toBe(1)
  expect(tunnel.connections).toBe(0)
})

test.each([
  ['data', 3],
  ['error', 1],
])('a reset of the %s stream cuts the connection', async (_name, id) => {
  begin()
  wire.onBytes(resetFrame(id))
  await isReleased()
  expect(tunnel.connections).toBe(0)
})

test('a refusal is told, and kept short', async () => {
  begin()
  for (let index = 0; index < 100; index += 1) say(1, 'connection refused '.repeat(50))
  wire.onBytes(dataFrame(1, FLAG_FIN, 0))
  await isReleased()
  expect(refusals).toHaveLength(1)
  expect(refusals[0]).toMatch(/^connection refused/)
  expect(refusals[0]?.length).toBe(4096)
})

test('a refusal that comes with the end of the data leaves no connection behind', async () => {
  begin()
  const text = Buffer.from('no such port')
  wire.onBytes(
    Buffer.concat([dataFrame(3, FLAG_FIN, 0), dataFrame(1, 0, text.length), text, dataFrame(1, FLAG_FIN, 0)]),
  )
  await isReleased()
  expect(refusals).toEqual(['no such port'])
  expect(tunnel.connections).toBe(0)
})

test('a tunnel that breaks while a connection ends leaves none behind', async () => {
  begin()
  wire.onBytes(dataFrame(3, FLAG_FIN, 0))
  wire.onClose('cut')
  await isReleased()
  expect(tunnel.connections).toBe(0)
})

test('a server that replies twice gets each byte once', async () => {
  begin()
  begin()
  client.write('once')
  await once(local, 'data')
  expect(Buffer.concat(sent).toString('latin1').split('once')).toHaveLength(2)
})

test('frames of streams that nobody opened are nothing', () => {
  wire.onBytes(Buffer.concat([replyFrame(9), resetFrame(11), dataFrame(13, FLAG_FIN, 0)]))
  say(15, 'whatever')
  expect(tunnel).toMatchObject({ isOpen: true, connections: 1 })
})

test('what is not SPDY closes the tunnel and its connections', async () => {
  wire.onBytes(Buffer.from('\xc8TTP/1.1 400 Bad Request\r\n\r\n', 'latin1'))
  await isReleased()
  expect(closed).toEqual(['closed'])
  expect(tunnel).toMatchObject({ isOpen: false, connections: 0 })
})

test('a reader that does not read pauses the tunnel; when he is gone it goes on', async () => {
  begin()
  client.pause()
  const part = 'x'.repeat(1024 * 1024)
  for (let index = 0; index < 64 && !isPaused; index += 1) say(3, part)
  expect({ isPaused, isStalled: tunnel.isStalled }).toEqual({ isPaused: true, isStalled: true })
  client.resetAndDestroy()
  await isReleased()
  expect({ isPaused, isStalled: tunnel.isStalled }).toEqual({ isPaused: false, isStalled: false })
})
