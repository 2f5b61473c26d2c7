/** The stretch of lines in which a text differs from another: `to` is the first line behind it. */
interface Hunk {
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}

/** Lines with their ends, so that joining them gives the text again. */
const toLines = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

function findHunk(base: readonly string[], next: readonly string[]): Hunk {
  const shorter = Math.min(base.length, next.length)
  let from = 0
  while (from < shorter && base[from] === next[from]) from++
  let end = 0
  while (end < shorter - from && base[base.length - 1 - end] === next[next.length - 1 - end]) end++
  return { from, to: base.length - end, lines: next.slice(from, next.length - end) }
}

/**
 * Two texts that both came from `base`, as one: what each changed is in it. Undefined where both changed the same lines,
 * so that one would be lost.
 */
export function mergeTexts(base: string, mine: string, theirs: string): string | undefined {
  if (mine === theirs || theirs === base) return mine
  if (mine === base) return theirs
  const lines = toLines(base)
  const [own, other] = [findHunk(lines, toLines(mine)), findHunk(lines, toLines(theirs))]
  const [first, second] = own.from <= other.from ? [own, other] : [other, own]
  const isSamePlace = first.from === second.from
  if (first.to > second.from || isSamePlace) return undefined
  return [
    ...lines.slice(0, first.from),
    ...first.lines,
    ...lines.slice(first.to, second.from),
    ...second.lines,
    ...lines.slice(second.to),
  ].join('')
}
