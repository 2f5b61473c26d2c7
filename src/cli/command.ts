import type { ParseArgsConfig } from 'node:util'

/** One command of the command line. `run` returns the exit code: 0 clean, 1 findings, 2 wrong use or unreadable input. */
export interface Command {
  readonly name: string
  readonly usage: string
  readonly summary: string
  readonly details: readonly string[]
  readonly options: NonNullable<ParseArgsConfig['options']>
  /** Whether files and folders may be named beside the options. */
  readonly takesPaths?: boolean
  run(values: Readonly<Record<string, unknown>>, paths: readonly string[]): Promise<number>
}
