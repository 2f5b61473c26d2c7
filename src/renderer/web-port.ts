import type { Port } from '../shared/rpc/port.ts'

const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 5_000

export interface WebPort extends Port {
  readonly onReopen: (listener: () => void) => () => void
  /** Called when the server does not know this tab's session. */
  readonly onEnded: (listener: () => void) => () => void
  /** Tries to connect now: there is a new session, or the user asks for it. */
  readonly retryNow: () => void
}

/** A set of listeners, called in the order in which they came. */
function createListeners<Value = void>(): {
  readonly add: (listener: (value: Value) => void) => () => void
  readonly call: (value: Value) => void
} {
  const listeners = new Set<(value: Value) => void>()
  return {
    add: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    call: value => {
      for (const listener of [...listeners]) listener(value)
    },
  }
}

/**
 * A connection to the web shell that comes back by itself: a socket that breaks is opened again with the same session,
 * as long as the server knows it.
 */
export function openWebPort({
  openSocket,
  isSessionKnown,
  wait = (milliseconds, onWake) => {
    const timer = setTimeout(onWake, milliseconds)
    return () => clearTimeout(timer)
  },
}: {
  readonly openSocket: () => WebSocket
  readonly isSessionKnown: () => Promise<boolean>
  /** Calls back after a time; returns what cancels it. */
  readonly wait?: (milliseconds: number, onWake: () => void) => () => void
}): WebPort {
  const messages = createListeners<unknown>()
  const closes = createListeners()
  const reopens = createListeners()
  const ends = createListeners()
  /** Posted before the first socket was open. */
  let waiting: string[] = []
  let socket: WebSocket | undefined
  let hasBeenOpen = false
  let isTrying = false
  let delayMs = FIRST_WAIT_MS
  let cancelWait = (): void => {}

  function open(): void {
    const mine = openSocket()
    let wasOpen = false
    mine.addEventListener('open', () => {
      isTrying = false
      wasOpen = true
      socket = mine
      delayMs = FIRST_WAIT_MS
      if (hasBeenOpen) reopens.call()
      hasBeenOpen = true
      for (const text of waiting) mine.send(text)
      waiting = []
    })
    mine.addEventListener('message', ({ data }: MessageEvent) => messages.call(JSON.parse(String(data))))
    mine.addEventListener('close', () => {
      isTrying = false
      socket = undefined
      if (wasOpen) closes.call()
      retryLater()
    })
  }

  function retryLater(): void {
    cancelWait()
    cancelWait = wait(delayMs, retryNow)
    delayMs = Math.min(delayMs * 2, MAX_WAIT_MS)
  }

  /** The handshake does not tell a page why it was refused: the session is asked about first. */
  function retryNow(): void {
    if (socket !== undefined || isTrying) return
    cancelWait()
    isTrying = true
    isSessionKnown().then(
      isKnown => {
        if (isKnown) {
          open()
          return
        }
        isTrying = false
        ends.call()
      },
      () => {
        isTrying = false
        retryLater()
      },
    )
  }

  isTrying = true
  open()
  return {
    post: message => {
      const text = JSON.stringify(message)
      if (socket !== undefined) socket.send(text)
      else if (!hasBeenOpen) waiting.push(text)
    },
    onMessage: messages.add,
    onClose: closes.add,
    onReopen: reopens.add,
    onEnded: ends.add,
    retryNow,
  }
}
