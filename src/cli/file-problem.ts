import { ProblemError } from '../domain/problem.ts'
import { fileTitle } from './read-text.ts'

/** Something in a file that no cluster would take. */
export interface FileProblem {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly hint?: string
}

/** More are counted, not told. */
const MAX_SHOWN = 20

/** What is wrong with some files, one line for each thing: `k8s/shop.yaml:7:3: …`. */
export function problemOfFiles(problems: readonly FileProblem[]): ProblemError {
  const lines = problems
    .slice(0, MAX_SHOWN)
    .map(
      ({ file, line, column, message }) => `${fileTitle(file)}:${String(line)}:${String(column)}: ${message}`,
    )
  const more = problems.length - lines.length
  const [first] = problems
  const hints = new Set(problems.map(({ hint }) => hint))
  return new ProblemError({
    code: 'invalid',
    message: [...lines, ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n'),
    ...(first?.hint === undefined || hints.size > 1 ? {} : { hint: first.hint }),
  })
}
