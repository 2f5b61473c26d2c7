import type { Problem } from '../problem.ts'

/** Characters. The largest manifests in use, bundles of CRDs, have about 4 million. */
const maxLength = 8_000_000
/** No Kubernetes object comes near; the deepest CRD schemas have about 60. */
const maxDepth = 400

const refuse = (message: string): Problem => ({
  code: 'bad-input',
  message,
  hint: 'Open a smaller or flatter part of the text',
  line: 1,
  column: 1,
})

/**
 * Says why a text must not even be parsed: it is too long, or nested so deeply that the parser would take
 * seconds or exhaust the stack. One pass over the text, without looking at what quotes and comments hold:
 * too strict only for texts with hundreds of brackets that nobody closes.
 */
export function refuseHostileText(text: string): Problem | undefined {
  if (text.length > maxLength)
    return refuse(
      `The text has ${String(text.length)} characters; more than ${String(maxLength)} are not read`,
    )
  return isTooDeep(text) ? refuse(`The text is nested more than ${String(maxDepth)} levels deep`) : undefined
}

function isTooDeep(text: string): boolean {
  let brackets = 0
  /** Columns of the blocks that are open. */
  const columns: number[] = []
  for (let index = 0; index < text.length; index++) {
    const isLineStart = index === 0 || text.charCodeAt(index - 1) === 10
    if (isLineStart) {
      const first = skipIndicators(text, index, columns)
      if (columns.length > maxDepth) return true
      index = first
    }
    const character = text.charCodeAt(index)
    if (character === 91 || character === 123) {
      if (++brackets > maxDepth) return true
    } else if ((character === 93 || character === 125) && brackets > 0) brackets--
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
    if (columns.length > maxDepth) return index
    columns.push(column)
    const isIndicator = (character === 45 || character === 63) && text.charCodeAt(index + 1) === 32
    if (!isIndicator) return index
    index++
  }
}
