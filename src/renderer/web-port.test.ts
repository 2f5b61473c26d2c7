// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { openWebPort, type WebPort } from './web-port.ts'

/** A socket whose other end is the test. */
class FakeSocket extends EventTarget {
  readonly sent: string[] = []
  send(text: string): void {
    this.sent.push(text)
  }
  say(type: 'open' | 'close'): void {
    this.dispatchEvent(new Event(type))
  }
}

function start(isSessionKnown: () => Promise<boolean> = () => Promise.resolve(true)): {
  port: WebPort
  sockets: FakeSocket[]
  waits: number[]
  told: string[]
  wake: () => void
} {
  const sockets: FakeSocket[] = []
  const waits: number[] = []
  const told: string[] = []
  let wake = (): void => {}
  const port = openWebPort({
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket as unknown as WebSocket
    },
    isSessionKnown,
    wait: (milliseconds, onWake) => {
      waits.push(milliseconds)
      wake = onWake
      return () => {}
    },
  })
  port.onClose(() => told.push('close'))
  port.onReopen(() => told.push('reopen'))
  port.onEnded(() => told.push('ended'))
  return { port, sockets, waits, told, wake: () => wake() }
}

describe('the connection to the web shell', () => {
  test('holds what is said before the first socket is open', () => {
    const { port, sockets } = start()
    port.post({ id: 1 })
    sockets[0]?.say('open')
    expect(sockets[0]?.sent).toEqual(['{"id":1}'])
  })

  test('comes back with the same session after a socket broke', async () => {
    const { sockets, told, wake } = start()
    sockets[0]?.say('open')
    sockets[0]?.say('close')
    expect(told).toEqual(['close'])
    wake()
    await expect.poll(() => sockets.length).toBe(2)
    sockets[1]?.say('open')
    expect(told).toEqual(['close', 'reopen'])
  })

  test('waits longer and longer while there is no server', async () => {
    const { sockets, waits, told, wake } = start(() => Promise.reject(new Error('refused')))
    sockets[0]?.say('open')
    sockets[0]?.say('close')
    for (let n = 2; n <= 6; n++) {
      wake()
      await expect.poll(() => waits.length).toBe(n)
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000])
    expect(told).toEqual(['close'])
  })

  test('ends where the server does not know the session, until there is a new one', async () => {
    let isKnown = false
    const { port, sockets, told, wake } = start(() => Promise.resolve(isKnown))
    sockets[0]?.say('open')
    sockets[0]?.say('close')
    wake()
    await expect.poll(() => told).toEqual(['close', 'ended'])
    isKnown = true
    port.retryNow()
    await expect.poll(() => sockets.length).toBe(2)
    sockets[1]?.say('open')
    expect(told).toEqual(['close', 'ended', 'reopen'])
  })
})
