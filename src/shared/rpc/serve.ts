import { ProblemError, toProblem } from '../../domain/problem.ts'
import type { Contract, Handlers } from './contract.ts'
import type { Port } from './port.ts'
import { readToServer, type ToClient, type ToServer } from './wire.ts'

/** Answers a port until it closes. Returns a function that stops answering and all running work. */
export function serve<C extends Contract>(port: Port, contract: C, handlers: Handlers<C>): () => void {
  const running = new Map<number, AbortController>()
  const post = (message: ToClient): void => port.post(message)

  async function start({ id, method, input }: ToServer & { kind: 'start' }): Promise<void> {
    if (running.has(id)) return
    const stop = new AbortController()
    running.set(id, stop)
    try {
      // `hasOwn`, so that `constructor` and friends are not methods.
      const entry = Object.hasOwn(contract, method) ? contract[method] : undefined
      const handler = entry && (handlers[method] as (input: unknown, signal: AbortSignal) => unknown)
      if (!entry || !handler)
        throw new ProblemError({ code: 'unknown-method', message: `No method ${JSON.stringify(method)}` })

      const result = handler(entry.parse(input), stop.signal)
      if (entry.kind === 'call') {
        post({ kind: 'done', id, value: await result })
      } else {
        for await (const value of result as AsyncIterable<unknown>) {
          if (stop.signal.aborted) break
          post({ kind: 'item', id, value })
        }
        post({ kind: 'done', id, value: undefined })
      }
    } catch (error) {
      if (!stop.signal.aborted) post({ kind: 'fail', id, problem: toProblem(error) })
    } finally {
      running.delete(id)
    }
  }

  function stopAll(): void {
    for (const stop of running.values()) stop.abort()
    running.clear()
  }

  const offMessage = port.onMessage(raw => {
    const message = readToServer(raw)
    if (message?.kind === 'start') void start(message)
    if (message?.kind === 'stop') running.get(message.id)?.abort()
  })
  const offClose = port.onClose(stopAll)

  return () => {
    offMessage()
    offClose()
    stopAll()
  }
}
