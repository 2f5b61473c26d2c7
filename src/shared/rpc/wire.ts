import type { Problem } from '../../domain/problem.ts'

/** A call and a stream differ only in how many items come before `done`. */
export type ToServer =
  | { readonly kind: 'start'; readonly id: number; readonly method: string; readonly input: unknown }
  | { readonly kind: 'stop'; readonly id: number }

export type ToClient =
  | { readonly kind: 'item'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fail'; readonly id: number; readonly problem: Problem }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** The page is not trusted: anything that is not a well-formed message is `undefined`. */
export function readToServer(message: unknown): ToServer | undefined {
  if (!isRecord(message)) return undefined
  const { kind, id, method, input } = message
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return undefined
  if (kind === 'stop') return { kind, id }
  if (kind === 'start' && typeof method === 'string') return { kind, id, method, input }
  return undefined
}
