import type { Contract, Handlers } from './contract.ts'

/** Handlers that are there at once and answer when the real ones are ready, so that a window need not wait for them. */
export function lateHandlers<C extends Contract>(contract: C, ready: Promise<Handlers<C>>): Handlers<C> {
  const handlers = Object.entries(contract).map(([method, { kind }]) => {
    const find = async (): Promise<(input: unknown, signal: AbortSignal) => unknown> =>
      (await ready)[method] as (input: unknown, signal: AbortSignal) => unknown
    const answer =
      kind === 'call'
        ? async (input: unknown, signal: AbortSignal): Promise<unknown> => (await find())(input, signal)
        : async function* (input: unknown, signal: AbortSignal): AsyncGenerator {
            yield* (await find())(input, signal) as AsyncIterable<unknown>
          }
    return [method, answer] as const
  })
  return Object.fromEntries(handlers) as unknown as Handlers<C>
}
