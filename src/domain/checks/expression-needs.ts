/** A part of an expression: one character or class, or a group with its alternatives. */
interface Atom {
  readonly text: string
  /** The expression inside of a group. */
  readonly group?: string
  readonly isOptional: boolean
}

const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?/
const ANCHORS: ReadonlySet<string> = new Set(['^', '$', String.raw`\A`, String.raw`\z`, String.raw`\b`])

/** The alternatives of an expression, each as its atoms; enough of RE2's grammar to tell what must be there. */
function readAlternatives(expression: string): readonly (readonly Atom[])[] {
  const alternatives: Atom[][] = [[]]
  let rest = expression
  while (rest !== '') {
    if (rest.startsWith('|')) {
      alternatives.push([])
      rest = rest.slice(1)
      continue
    }
    const text = readAtom(rest)
    const after = rest.slice(text.length)
    const quantifier = QUANTIFIER.exec(after)?.[0] ?? ''
    rest = after.slice(quantifier.length)
    // `(?i)` sets flags and takes no character.
    if (/^\(\?[a-zA-Z-]+\)$/.test(text) || ANCHORS.has(text)) continue
    const isGroup = text.startsWith('(') && text.endsWith(')')
    alternatives.at(-1)?.push({
      text,
      isOptional: /^(?:[*?]|\{0)/.test(quantifier),
      ...(isGroup ? { group: text.slice(1, -1).replace(/^\?(?:P?<[^>]*>|[a-zA-Z-]*:)/, '') } : {}),
    })
  }
  return alternatives
}

/** The first atom of an expression without its quantifier. */
function readAtom(text: string): string {
  if (text.startsWith('\\'))
    return /^\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|[\s\S]?)/.exec(text)?.[0] ?? text.slice(0, 2)
  if (text.startsWith('[')) return /^\[\^?\]?(?:\\[\s\S]|\[:[^\]]*:\]|[^\]\\])*\]?/.exec(text)?.[0] ?? '['
  if (!text.startsWith('(')) return String.fromCodePoint(text.codePointAt(0) ?? 0)
  let [depth, index] = [0, 0]
  while (index < text.length) {
    const rest = text.slice(index)
    if (rest.startsWith('(')) depth += 1
    if (rest.startsWith(')')) depth -= 1
    index += rest.startsWith('(') || rest.startsWith(')') ? 1 : readAtom(rest).length
    if (depth === 0) break
  }
  return text.slice(0, index)
}

/** Whether whatever an expression matches holds a character of some. */
export const needsCharacter = (expression: string, isMeant: (atom: string) => boolean): boolean =>
  readAlternatives(expression).every(atoms =>
    atoms.some(
      ({ text, group, isOptional }) =>
        !isOptional && (group === undefined ? isMeant(text) : needsCharacter(group, isMeant)),
    ),
  )

/** Whether nothing that an expression matches begins with a character. */
export const neverBeginsWith = (expression: string, canBe: (atom: string) => boolean): boolean =>
  readAlternatives(expression).every(atoms => {
    for (const { text, group, isOptional } of atoms) {
      if (group === undefined ? canBe(text) : !neverBeginsWith(group, canBe)) return false
      if (!isOptional) return true
    }
    // It may match nothing at all, as a part of something longer.
    return false
  })
