import { type Document, isMap, isScalar, isSeq, Lexer, type Node, parseAllDocuments } from 'yaml'
import { kubernetesTags } from '../../src/domain/yaml/kubernetes-tags.ts'
import type { Path } from '../../src/domain/yaml/path.ts'

/** What was read last, newest last: the checks of one edit look at the same few texts. */
const remembered = new Map<string, readonly Document.Parsed[]>()

/** The documents that say something, read by the library alone. */
export function readDocuments(text: string): readonly Document.Parsed[] {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const all = Array.from(
    parseAllDocuments(text, { merge: true, uniqueKeys: false, customTags: kubernetesTags }),
  )
  const documents = all.filter(({ contents: root }) => {
    return !(root === null || (isScalar(root) && root.range[0] === root.range[1]))
  })
  remembered.set(text, documents)
  const [oldest] = remembered.keys()
  if (remembered.size > 4 && oldest !== undefined) remembered.delete(oldest)
  return documents
}

/** The last steps of a leaf's path: no key of a manifest holds these characters. */
export const keyMark = '\u0001key'
export const valueMark = '\u0001value'

export interface Leaf {
  readonly path: Path
  /** The characters of the key or value as they stand in the text. */
  readonly source: string
}

/** Every key and single value of a document with its own characters. */
export function leavesOf(text: string, document: Document.Parsed): readonly Leaf[] {
  const leaves: Leaf[] = []
  const visit = (node: unknown, path: Path): void => {
    if (isMap<Node, Node | null>(node))
      for (const { key, value } of node.items) {
        const name = nameOf(key)
        leaves.push({ path: [...path, name, keyMark], source: sourceOf(text, key) })
        visit(value, [...path, name])
      }
    else if (isSeq<Node>(node)) node.items.forEach((item, index) => visit(item, [...path, index]))
    else leaves.push({ path: [...path, valueMark], source: sourceOf(text, node) })
  }
  visit(document.contents, [])
  return leaves
}

/** A key as JSON has it; one that reads as null is the empty text. */
const nameOf = (key: unknown): string =>
  isScalar<string | number | boolean | null>(key) ? String(key.value ?? '') : ''

const sourceOf = (text: string, node: unknown): string => {
  const range = (node as Node | null)?.range
  return range ? text.slice(range[0], range[1]).trimEnd() : ''
}

/** The comments of a text, in no order. */
export function commentsOf(text: string): readonly string[] {
  return [...new Lexer().lex(text)].filter(token => token.startsWith('#')).toSorted()
}

/** From the key to the end of what the longest part of a path names that the text has, with its last line end. */
export function regionOf(
  document: Document.Parsed,
  path: Path,
): { readonly start: number; readonly end: number } {
  let node: unknown = document.contents
  let start = document.contents?.range[0] ?? 0
  // The line end in front of a document's last lines goes with them where no line end follows.
  let end = document.range[2] + 2
  for (const step of path) {
    if (isMap<Node, Node | null>(node)) {
      const pair = node.items.find(({ key }) => nameOf(key) === String(step))
      if (pair?.value == null) break
      start = pair.key.range?.[0] ?? 0
      node = pair.value
    } else if (isSeq<Node>(node) && typeof step === 'number') {
      const item = node.items[step]
      if (item === undefined) break
      // The dash stands before it.
      start = node.flow === true ? (item.range?.[0] ?? 0) : (node.range?.[0] ?? 0)
      node = item
    } else break
    end = Math.min(end, ((node as Node).range?.[2] ?? end) + 2)
  }
  return { start, end }
}
