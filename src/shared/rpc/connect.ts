import { ProblemError } from '../../domain/problem.ts'
import type { Client, Contract } from './contract.ts'
import type { Port } from './port.ts'
import type { ToClient, ToServer } from './wire.ts'

const closed = (): ProblemError =>
  new ProblemError({ code: 'unreachable', message: 'The connection to the backend is closed' })

/** Turns a port into the contract's functions. */
export function connect<C extends Contract>(port: Port, contract: C): Client<C> {
  const listeners = new Map<number, (message: ToClient | undefined) => void>()
  let lastId = 0
  let hasClosed = false
  const isOpen = (): boolean => !hasClosed

  port.onMessage(raw => {
    const message = raw as ToClient
    listeners.get(message.id)?.(message)
  })
  port.onClose(() => {
    hasClosed = true
    for (const listener of listeners.values()) listener(undefined)
    listeners.clear()
  })
  // Ids go on counting: what is still under way from the old connection is answered by nobody.
  port.onReopen?.(() => (hasClosed = false))

  const post = (message: ToServer): void => port.post(message)

  async function* run(
    method: string,
    input: unknown,
    signal?: AbortSignal,
  ): AsyncGenerator<unknown, unknown> {
    if (!isOpen()) throw closed()
    signal?.throwIfAborted()
    const id = ++lastId
    const inbox: (ToClient | undefined)[] = []
    let wake = (): void => {}
    const listen = (message: ToClient | undefined): void => {
      inbox.push(message)
      wake()
    }
    const onAbort = (): void => wake()
    listeners.set(id, listen)
    signal?.addEventListener('abort', onAbort)
    post({ kind: 'start', id, method, input })
    let isDone = false
    try {
      for (;;) {
        if (inbox.length === 0 && !signal?.aborted) await new Promise<void>(resolve => (wake = resolve))
        signal?.throwIfAborted()
        const message = inbox.shift()
        if (message?.kind === 'item') {
          yield message.value
          continue
        }
        isDone = true
        if (message === undefined) throw closed()
        if (message.kind === 'fail') throw new ProblemError(message.problem)
        return message.value
      }
    } finally {
      listeners.delete(id)
      signal?.removeEventListener('abort', onAbort)
      if (!isDone && isOpen()) post({ kind: 'stop', id })
    }
  }

  async function first(method: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
    const { value } = await run(method, input, signal).next()
    return value
  }

  const client = Object.fromEntries(
    Object.entries(contract).map(([method, { kind }]) => [
      method,
      kind === 'call'
        ? (input: unknown, signal?: AbortSignal) => first(method, input, signal)
        : (input: unknown, signal?: AbortSignal) => run(method, input, signal),
    ]),
  )
  return client as Client<C>
}
