/** A replacement of one stretch of text, with 1-based positions as Monaco has them. */
export interface TextEdit {
  readonly startLineNumber: number
  readonly startColumn: number
  readonly endLineNumber: number
  readonly endColumn: number
  readonly text: string
}

const toLines = (text: string): string[] => text.split(/\r\n|\r|\n/)

/** Line ends of a text, the last line without one. */
const lineEnds = (text: string): string[] => text.match(/\r\n|\r|\n/g) ?? []

function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff
const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** The smallest single replacement that turns one text into another; undefined where only line ends differ. */
export function smallestEdit(before: string, after: string): TextEdit | undefined {
  const old = toLines(before).join('\n')
  const next = toLines(after).join('\n')
  if (old === next) return undefined
  const shorter = Math.min(old.length, next.length)
  let start = 0
  while (start < shorter && old.charCodeAt(start) === next.charCodeAt(start)) start++
  if (start > 0 && isHighSurrogate(old.charCodeAt(start - 1))) start--
  let end = 0
  while (
    end < shorter - start &&
    old.charCodeAt(old.length - 1 - end) === next.charCodeAt(next.length - 1 - end)
  )
    end++
  if (end > 0 && isLowSurrogate(old.charCodeAt(old.length - end))) end--
  const from = positionAt(old, start)
  const to = positionAt(old, old.length - end)
  return {
    startLineNumber: from.line,
    startColumn: from.column,
    endLineNumber: to.line,
    endColumn: to.column,
    text: next.slice(start, next.length - end),
  }
}

/**
 * The new text with the line ends of the old one on every line that did not change. Monaco's models know one line end
 * only; a file that mixes them must not change on lines that nobody touched.
 */
export function keepLineEnds(before: string, after: string): string {
  const oldEnds = lineEnds(before)
  const mainEnd = oldEnds[0] ?? '\n'
  if (oldEnds.every(end => end === mainEnd)) return toLines(after).join(mainEnd)
  const old = toLines(before)
  const next = toLines(after)
  const shorter = Math.min(old.length, next.length)
  let head = 0
  while (head < shorter && old[head] === next[head]) head++
  let tail = 0
  while (tail < shorter - head && old[old.length - 1 - tail] === next[next.length - 1 - tail]) tail++
  return next
    .map((line, index) => {
      if (index === next.length - 1) return line
      if (index < head) return line + (oldEnds[index] ?? mainEnd)
      if (index >= next.length - tail - 1) {
        // The line before the unchanged tail keeps its end too: it is the tail's beginning that is known.
        return line + (oldEnds[index - next.length + old.length] ?? mainEnd)
      }
      return line + (oldEnds[index] ?? mainEnd)
    })
    .join('')
}
