import type { Problem } from '../problem.ts'
import { ProblemError } from '../problem.ts'
import type { Path } from './path.ts'
import { formatPath } from './path.ts'

/** One change of a document, said without its text. */
export type Change =
  /** Creates or replaces; maps and lists on the way are made where they are missing. */
  | { readonly kind: 'set'; readonly path: Path; readonly value: unknown }
  | { readonly kind: 'remove'; readonly path: Path }
  /** `path` names the list. */
  | { readonly kind: 'insert'; readonly path: Path; readonly index: number; readonly value: unknown }
  | { readonly kind: 'move'; readonly path: Path; readonly from: number; readonly to: number }
  /** Gives the key that `path` ends with another name. */
  | { readonly kind: 'rename'; readonly path: Path; readonly name: string }

/** A refusal to touch a text that says something in a way that a small change could not keep. */
export function unsupported(path: Path, why: string): ProblemError {
  const problem: Problem = {
    code: 'unsupported',
    message: `${formatPath(path)} cannot be changed by form: ${why}`,
    at: formatPath(path),
    hint: 'Change it in the YAML',
  }
  return new ProblemError(problem)
}
