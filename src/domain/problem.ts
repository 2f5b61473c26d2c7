/** What can be wrong, by name. Tests and the window switch on the code, never on the text. */
export type ProblemCode =
  | 'bad-input'
  | 'unknown-method'
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'restricted'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'gone'
  | 'unsupported'
  | 'disk'
  /** More, longer or deeper than is read: a line, a body, a list, a text. */
  | 'too-large'
  /** A file of ours does not hold what we write there; it was set aside. */
  | 'damaged'
  /** What is done goes on in memory and is gone with the process. */
  | 'not-kept'
  /** Another process has the data folder. */
  | 'in-use'
  | 'cancelled'
  | 'internal'

/**
 * Something that is wrong, as data.
 *
 * `message` says what failed and why in one sentence; `hint` says what to do; `raw` is the untouched text of
 * the program or server that complained; `at` is a path inside the input or resource, for example
 * `spec.http[0].route[0].weight`; `line` and `column` are 1-based positions in the user's text.
 */
export interface Problem {
  readonly code: ProblemCode
  readonly message: string
  readonly at?: string
  readonly line?: number
  readonly column?: number
  readonly hint?: string
  readonly raw?: string
}

/** Thrown where a value cannot be returned: by parsers and across the contract. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** Any thrown value as a problem; what is not a `ProblemError` is a bug and says `internal`. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) }
}
