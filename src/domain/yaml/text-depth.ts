/** No Kubernetes object comes near; the deepest CRD schemas have about 60. */
export const MAX_DEPTH = 400

/**
 * Whether a text is nested so deeply that the parser would take seconds or exhaust the stack. One pass over the text,
 * without looking at what quotes and comments hold: too strict only for texts with hundreds of brackets that nobody closes.
 */
export function isTooDeep(text: string): boolean {
  let brackets = 0
  /** Columns of the blocks that are open. */
  const columns: number[] = []
  let index = 0
  while (index < text.length) {
    index = skipIndicators(text, index, columns)
    if (columns.length > MAX_DEPTH) return true
    for (; index < text.length; index++) {
      const character = text.charCodeAt(index)
      if (character === 10) break
      if (character === 91 || character === 123) {
        if (++brackets > MAX_DEPTH) return true
      } else if ((character === 93 || character === 125) && brackets > 0) brackets--
    }
    index++
  }
  return false
}

/** Follows spaces, dashes and question marks at the start of a line, each of which may open a level. */
function skipIndicators(text: string, start: number, columns: number[]): number {
  let index = start
  let isFirst = true
  for (;;) {
    while (text.charCodeAt(index) === 32) index++
    const character = text.charCodeAt(index)
    if (index >= text.length || character === 10 || character === 13) return index
    const column = index - start
    if (isFirst) while ((columns.at(-1) ?? -1) >= column) columns.pop()
    isFirst = false
    if (columns.length > MAX_DEPTH) return index
    columns.push(column)
    const isIndicator = (character === 45 || character === 63) && text.charCodeAt(index + 1) === 32
    if (!isIndicator) return index
    index++
  }
}
