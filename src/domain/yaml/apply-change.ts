import type { ParsedNode } from 'yaml'
import type { Change } from './change.ts'
import { unsupported } from './change.ts'
import { isDeepEqual } from './deep-equal.ts'
import { insertItem } from './insert-item.ts'
import type { ManifestDocument } from './manifest.ts'
import { parseManifest } from './manifest.ts'
import { moveItem } from './move-item.ts'
import type { Path } from './path.ts'
import { formatPath, valueAt } from './path.ts'
import { isScalarValue } from './print-value.ts'
import { removeNode } from './remove-node.ts'
import { renameKey, setEntry } from './set-entry.ts'
import { setField } from './set-field.ts'
import type { TextEdit } from './text-edit.ts'
import { EditSequence } from './text-edit.ts'
import { applyToValue } from './apply-to-value.ts'
import { ProblemError } from '../problem.ts'

/** The usual order of keys in the map at a path; empty where any order will do. */
export type KeyOrder = (path: Path) => readonly string[]

/** A change that is one edit of the text. */
type Step =
  | Exclude<Change, { kind: 'rename' }>
  | { readonly kind: 'replace'; readonly path: Path; readonly value: unknown }
  | { readonly kind: 'entry'; readonly path: Path; readonly key: string; readonly value: unknown }
  | { readonly kind: 'rename'; readonly path: Path; readonly from: string; readonly to: string }

/**
 * Applies changes (given, or told from what it says) to one document of the user's text and returns the edits of it. Everything that the changes
 * do not name stays character for character. What the result says is compared with what was asked for, and a
 * text that is written in a way that a small edit would change otherwise (tags, anchors) is refused.
 */
export function applyChanges(
  text: string,
  documentIndex: number,
  changes: readonly Change[] | ((value: unknown) => readonly Change[]),
  keyOrder: KeyOrder = () => [],
): readonly TextEdit[] {
  const sequence = new EditSequence(text)
  let current = readDocument(text, documentIndex)
  const wanted = typeof changes === 'function' ? changes(current.document.value) : changes
  for (const change of wanted) {
    const expected = applyToValue(current.document.value, change)
    for (const step of stepsOf(current.document.value, change)) {
      sequence.apply(editsOf(sequence.text, current.root, step, keyOrder))
      current = readDocument(sequence.text, documentIndex)
    }
    if (!isDeepEqual(current.document.value, expected))
      throw unsupported(change.path, 'the YAML around it uses tags or anchors that the form would change')
  }
  return sequence.edits()
}

function readDocument(text: string, index: number): { document: ManifestDocument; root: ParsedNode } {
  const manifest = parseManifest(text)
  const document = manifest.documents[index]
  const [problem] = document?.problems ?? manifest.problems
  if (document?.root === undefined)
    throw new ProblemError(
      problem ?? { code: 'bad-input', message: `The text has no document ${String(index + 1)}` },
    )
  return { document, root: document.root }
}

function editsOf(text: string, root: ParsedNode, step: Step, keyOrder: KeyOrder): readonly TextEdit[] {
  switch (step.kind) {
    case 'set':
    case 'replace':
      return setField(text, root, step.path, step.value)
    case 'entry':
      return setEntry(text, root, step.path, step.key, step.value, keyOrder(step.path))
    case 'rename':
      return renameKey(text, root, step.path, step.from, step.to)
    case 'remove':
      return removeNode(text, root, step.path)
    case 'insert':
      return insertItem(text, root, step.path, step.index, step.value)
    case 'move':
      return moveItem(text, root, step.path, step.from, step.to)
  }
}

function stepsOf(document: unknown, change: Change): readonly Step[] {
  const current = valueAt(document, change.path)
  switch (change.kind) {
    case 'set':
      return setSteps(document, change.path, change.value)
    case 'remove':
      return current === undefined ? [] : [change]
    case 'insert':
      return Array.isArray(current) ? [change] : setSteps(document, change.path, [change.value])
    case 'move':
      return [change]
    case 'rename':
      return [
        {
          kind: 'rename',
          path: change.path.slice(0, -1),
          from: String(change.path.at(-1)),
          to: change.name,
        },
      ]
  }
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A key without a value reads as null. */
const isMissing = (value: unknown): boolean => value === undefined || value === null

function setSteps(document: unknown, path: Path, value: unknown): readonly Step[] {
  const current = valueAt(document, path)
  if (current !== undefined) return [...differences(current, value, path)]
  const parentPath = path.slice(0, -1)
  const key = path.at(-1)
  if (key === undefined)
    throw new ProblemError({ code: 'bad-input', message: 'A document cannot be replaced' })
  const parent = valueAt(document, parentPath)
  if (typeof key === 'number') {
    if (!isMissing(parent) && (!Array.isArray(parent) || parent.length !== key))
      throw new ProblemError({ code: 'bad-input', message: `There is no list item ${formatPath(path)}` })
    return isMissing(parent)
      ? setSteps(document, parentPath, [value])
      : [{ kind: 'insert', path: parentPath, index: key, value }]
  }
  return isFields(parent)
    ? [{ kind: 'entry', path: parentPath, key, value }]
    : setSteps(document, parentPath, Object.fromEntries([[key, value]]))
}

/** The steps that turn one value into another, as few and as small as they can be. */
function* differences(before: unknown, after: unknown, path: Path): Generator<Step> {
  if (isDeepEqual(before, after)) return
  if (isFields(before) && isFields(after) && Object.keys(before).length > 0 && Object.keys(after).length > 0)
    yield* mapDifferences(before, after, path)
  else if (Array.isArray(before) && Array.isArray(after) && before.length > 0 && after.length > 0)
    yield* listDifferences(before, after, path)
  else if (isScalarValue(before) && isScalarValue(after)) yield { kind: 'set', path, value: after }
  else yield { kind: 'replace', path, value: after }
}

function* mapDifferences(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: Path,
): Generator<Step> {
  const has = (fields: object, key: string): boolean => valueAt(fields, [key]) !== undefined
  const gone = Object.keys(before).filter(key => !has(after, key))
  const added = Object.keys(after).filter(key => has(after, key) && !Object.hasOwn(before, key))
  const [from] = gone
  const [to] = added
  const isRename = gone.length === 1 && added.length === 1 && from !== undefined && to !== undefined
  if (isRename) {
    yield { kind: 'rename', path, from, to }
    yield* differences(before[from], after[to], [...path, to])
  }
  for (const key of Object.keys(before))
    if (!gone.includes(key)) yield* differences(before[key], after[key], [...path, key])
  if (isRename) return
  for (const key of added) yield { kind: 'entry', path, key, value: after[key] }
  for (const key of gone) yield { kind: 'remove', path: [...path, key] }
}

function* listDifferences(
  before: readonly unknown[],
  after: readonly unknown[],
  path: Path,
): Generator<Step> {
  const shared = Math.min(before.length, after.length)
  let head = 0
  while (head < shared && isDeepEqual(before[head], after[head])) head++
  let tail = 0
  while (tail < shared - head && isDeepEqual(before.at(-1 - tail), after.at(-1 - tail))) tail++
  const middle = shared - tail
  for (let index = head; index < middle; index++)
    yield* differences(before[index], after[index], [...path, index])
  for (let index = before.length - tail - 1; index >= Math.max(head, middle); index--)
    yield { kind: 'remove', path: [...path, index] }
  for (let index = Math.max(head, middle); index < after.length - tail; index++)
    yield { kind: 'insert', path, index, value: after[index] }
}
