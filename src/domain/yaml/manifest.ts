import type { ParsedNode } from 'yaml'
import { isScalar, parseAllDocuments } from 'yaml'
import type { Problem } from '../problem.ts'
import { findTemplate } from './find-template.ts'
import { LineIndex } from './lines.ts'
import { findKeyProblems } from './key-problems.ts'
import { kubernetesTags } from './kubernetes-tags.ts'
import { checkExpansion, withoutTraces } from './read-yaml.ts'
import { checkTextLimits } from './text-limits.ts'
import { valueAt } from './path.ts'

/** One document of a YAML text. Empty documents are left out, as kubectl leaves them out. */
export interface ManifestDocument {
  /** Place among the manifest's documents. */
  readonly index: number
  readonly apiVersion?: string
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  /** Offsets of the document's content in the text. */
  readonly start: number
  readonly end: number
  /** 1-based lines of the first and the last character of content. */
  readonly line: number
  readonly endLine: number
  /** What the document says, as JSON; undefined where it is broken. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** The tree with positions; undefined where the document is broken. */
  readonly root: ParsedNode | undefined
}

export interface Manifest {
  readonly text: string
  readonly documents: readonly ManifestDocument[]
  /** The problems of all documents and of the text as a whole. */
  readonly problems: readonly Problem[]
}

/**
 * Reads a YAML or JSON text into its documents with positions. Never throws: what is wrong is a problem with
 * its line and column. Text that would cost much time or memory (nested without end, too many values, aliases that
 * multiply) is refused as `too-large`.
 */
export function parseManifest(text: string): Manifest {
  const refusal = checkTextLimits(text)
  if (refusal !== undefined) return { text, documents: [], problems: [refusal] }
  const lines = new LineIndex(text)
  try {
    return readDocuments(text, lines)
  } catch (error) {
    // The parser is recursive where it builds nodes; what exhausts the stack is refused like any deep text.
    const isDeep = error instanceof RangeError
    const problem: Problem = {
      code: isDeep ? 'too-large' : 'bad-input',
      message: isDeep ? 'The text is nested too deeply' : String(error),
      line: 1,
      column: 1,
    }
    return { text, documents: [], problems: [problem] }
  }
}

/** Of one document; who mends a hundred sees the next hundred. */
const MAX_ERRORS = 100

function readDocuments(text: string, lines: LineIndex): Manifest {
  // Duplicate keys are found below: the parser compares each key with each, which is slow on purpose-made maps.
  const parsed = withoutTraces(() =>
    parseAllDocuments(text, {
      keepSourceTokens: true,
      merge: true,
      uniqueKeys: false,
      prettyErrors: false,
      customTags: kubernetesTags,
    }),
  )
  const documents: ManifestDocument[] = []
  for (const document of Array.from(parsed)) {
    const problems: Problem[] = document.errors.slice(0, MAX_ERRORS).map(({ message, pos }) => ({
      code: 'bad-input',
      message: `Not valid YAML: ${message}`,
      ...lines.positionOf(pos[0]),
    }))
    const root = document.contents
    const isEmpty = root === null || (isScalar(root) && root.range[0] === root.range[1])
    if (isEmpty && problems.length === 0) continue
    if (root !== null) problems.push(...findKeyProblems(root, lines))
    const explained = explainProblems(text, document.range, problems, lines)
    if (explained !== undefined) problems.splice(0, problems.length, explained)
    let value: unknown
    const bomb = problems.length === 0 ? checkExpansion(document) : undefined
    if (bomb) problems.push({ ...bomb, ...lines.positionOf(document.range[0]) })
    if (problems.length === 0)
      try {
        // Counted above, in a way that sees merge keys too.
        value = document.toJS({ maxAliasCount: -1 })
      } catch (error) {
        problems.push({
          code: 'bad-input',
          message: `The aliases cannot be resolved: ${error instanceof Error ? error.message : String(error)}`,
          ...lines.positionOf(document.range[0]),
        })
      }
    const start = root === null ? document.range[0] : root.range[0]
    const end = Math.max(start, start + text.slice(start, document.range[1]).trimEnd().length)
    documents.push({
      index: documents.length,
      ...identify(value),
      start,
      end,
      line: lines.positionOf(start).line,
      endLine: lines.positionOf(end).line,
      value,
      problems,
      root: problems.length === 0 && root !== null ? root : undefined,
    })
  }
  return { text, documents, problems: documents.flatMap(({ problems }) => problems) }
}

function identify(
  value: unknown,
): Partial<Pick<ManifestDocument, 'apiVersion' | 'kind' | 'name' | 'namespace'>> {
  const fields = {
    apiVersion: valueAt(value, ['apiVersion']),
    kind: valueAt(value, ['kind']),
    name: valueAt(value, ['metadata', 'name']),
    namespace: valueAt(value, ['metadata', 'namespace']),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => typeof field === 'string'))
}

/** One problem in the place of what the parser says, where its cause is known and the parser does not see it. */
function explainProblems(
  text: string,
  [start, , end]: readonly [number, number, number],
  problems: readonly Problem[],
  lines: LineIndex,
): Problem | undefined {
  if (problems.length === 0) return undefined
  const template = findTemplate(text, start, end)
  if (template !== undefined)
    return {
      code: 'bad-input',
      message: `The template expression ${template.text} has not been rendered`,
      hint: 'Render it first, for example with helm template',
      ...lines.positionOf(template.offset),
    }
  const second = /^\s*\{[^]*?\}\s*\n\s*\{/.exec(text.slice(start, end))
  const [first] = problems
  if (second === null || first === undefined || !first.message.includes('at node end')) return undefined
  return {
    ...first,
    message: 'Another JSON document begins here without a separator',
    hint: 'Put a line with --- between the documents, or make them one List',
  }
}
