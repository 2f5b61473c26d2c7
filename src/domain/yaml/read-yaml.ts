import { LineCounter, parseAllDocuments, parseDocument, type Document, type ParsedNode } from 'yaml'
import { ProblemError, type Problem } from '../problem.ts'
import { measureExpanded } from './expanded-size.ts'
import { findKeyProblems } from './key-problems.ts'
import { kubernetesTags } from './kubernetes-tags.ts'
import { LineIndex } from './lines.ts'
import { checkTextLimits, TEXT_LIMITS, type TextLimits } from './text-limits.ts'

/** As kubectl reads YAML. Duplicate keys are not looked for: the parser compares each key with each. */
const OPTIONS = { merge: true, uniqueKeys: false, customTags: kubernetesTags } as const

/**
 * The values of all documents of a text, within the limits; those of empty documents are null. Throws a ProblemError
 * `too-large` or `invalid`, with the line.
 */
export function readYamlDocuments(text: string, limits: TextLimits = TEXT_LIMITS): readonly unknown[] {
  assertTextLimits(text, limits)
  const lines = new LineCounter()
  return withoutTraces(() =>
    parseAllDocuments(text, { ...OPTIONS, lineCounter: lines, prettyErrors: false }),
  ).map(document => valueOf(document, lines))
}

/** The value of the first document of a text, within the limits, and its tree. Throws as `readYamlDocuments`. */
export function readYamlDocument(
  text: string,
  limits: TextLimits = TEXT_LIMITS,
): { readonly value: unknown; readonly document: Document; readonly lines: LineCounter } {
  assertTextLimits(text, limits)
  const lines = new LineCounter()
  const document = withoutTraces(() =>
    parseDocument(text, { ...OPTIONS, lineCounter: lines, prettyErrors: false }),
  )
  return { value: valueOf(document, lines), document, lines }
}

/** As `readYamlDocument`, and throws `invalid` where a key stands twice in a map or is no text. */
export function readStrictDocument(text: string): ReturnType<typeof readYamlDocument> {
  const read = readYamlDocument(text)
  const { contents } = read.document
  const [problem] = contents === null ? [] : findKeyProblems(contents as ParsedNode, new LineIndex(text))
  if (problem) throw new ProblemError({ ...problem, code: 'invalid' })
  return read
}

export function assertTextLimits(text: string, limits?: TextLimits): void {
  const problem = checkTextLimits(text, limits)
  if (problem) throw new ProblemError(problem)
}

/** What a document says, as JSON, where its aliases do not multiply without measure. Throws `too-large` or `invalid`. */
export function valueOf(document: Document, lines: LineCounter): unknown {
  // kubectl reads the first document and does not look at what follows.
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS')
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new ProblemError({
      code: 'invalid',
      message: `The text is not valid YAML: ${error.message.split('\n')[0] ?? ''}`,
      raw: error.message,
      ...(line > 0 ? { line, column: col } : {}),
    })
  }
  const bomb = checkExpansion(document)
  if (bomb) throw new ProblemError(bomb)
  try {
    // Counted above, in a way that sees merge keys too.
    return document.toJS({ maxAliasCount: -1 }) as unknown
  } catch (error) {
    // An alias without its anchor.
    const raw = error instanceof Error ? error.message : String(error)
    throw new ProblemError(
      { code: 'invalid', message: `The text is not valid YAML: ${raw}`, raw },
      { cause: error },
    )
  }
}

/** Of a document as its aliases expand it; more is a bomb and no manifest. */
const MAX_EXPANDED_NODES = 300_000
const MAX_EXPANDED_DEPTH = 1000
const MAX_ALIASES = 1000

/** The problem of a document whose aliases multiply beyond what is read. */
export function checkExpansion(document: Pick<Document, 'contents'>): Problem | undefined {
  const { nodes, depth, aliases } = measureExpanded(document)
  if (nodes <= MAX_EXPANDED_NODES && depth <= MAX_EXPANDED_DEPTH && aliases <= MAX_ALIASES) return undefined
  return {
    code: 'too-large',
    message:
      aliases > MAX_ALIASES
        ? `The text has more than ${MAX_ALIASES} aliases, which are not read`
        : `With its aliases the text has more than ${MAX_EXPANDED_NODES} values, or is nested more than ${MAX_EXPANDED_DEPTH} levels deep`,
    hint: 'Write out what the aliases stand for, as far as it is needed',
  }
}

/** The parser makes an error object for each mistake; where each holds a trace, a text of mistakes takes seconds. */
export function withoutTraces<T>(work: () => T): T {
  const errors = Error as { stackTraceLimit?: number }
  const limit = errors.stackTraceLimit ?? 10
  errors.stackTraceLimit = 0
  try {
    return work()
  } finally {
    errors.stackTraceLimit = limit
  }
}
