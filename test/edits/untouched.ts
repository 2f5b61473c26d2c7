import { type Document, isMap, isScalar, isSeq, Lexer, type Node, parseAllDocuments } from 'yaml'
import type { Path } from '../../src/domain/yaml/path.ts'

/** The documents that say something, read by the library alone. */
export function readDocuments(text: string): readonly Document.Parsed[] {
  return Array.from(
    parseAllDocuments(text, { merge: true, uniqueKeys: false, keepSourceTokens: false }),
  ).filter(document => {
    const root = document.contents
    return !(root === null || (isScalar(root) && root.range[0] === root.range[1]))
  })
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
        const name = isScalar(key) ? (key.value === null ? '' : String(key.value)) : ''
        leaves.push({ path: [...path, name, keyMark], source: sourceOf(text, key) })
        visit(value, [...path, name])
      }
    else if (isSeq<Node>(node)) node.items.forEach((item, index) => visit(item, [...path, index]))
    else leaves.push({ path: [...path, valueMark], source: sourceOf(text, node) })
  }
  visit(document.contents, [])
  return leaves
}

const sourceOf = (text: string, node: unknown): string => {
  const range = (node as Node | null)?.range
  return range ? text.slice(range[0], range[1]).trimEnd() : ''
}

/** The comments of a text, in no order. */
export function commentsOf(text: string): readonly string[] {
  return [...new Lexer().lex(text)].filter(token => token.startsWith('#')).toSorted()
}
