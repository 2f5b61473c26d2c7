/** The offset of the first character of the line that holds the offset. */
export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1

/** The offset behind the last character of the line, before its line end. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf('\n', offset)
  if (found < 0) return text.length
  return found > offset && text[found - 1] === '\r' ? found - 1 : found
}

/** The offset of the next line's first character, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const found = text.indexOf('\n', offset)
  return found < 0 ? text.length : found + 1
}

/** The 0-based column. */
export const columnOf = (text: string, offset: number): number => offset - lineStart(text, offset)

/** The line end that the text uses. */
export const lineEndingOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')

/** Whether only spaces stand before the offset in its line. */
export const isFirstInLine = (text: string, offset: number): boolean =>
  text.slice(lineStart(text, offset), offset).trim() === ''

/** The 1-based line of an offset; lines are counted once for a text and then found by halving. */
export class LineIndex {
  readonly #starts: number[] = [0]

  constructor(text: string) {
    for (let found = text.indexOf('\n'); found >= 0; found = text.indexOf('\n', found + 1))
      this.#starts.push(found + 1)
  }

  /** 1-based line and column of an offset. */
  positionOf(offset: number): { readonly line: number; readonly column: number } {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }

  /** The offset of a 1-based line's first character. */
  offsetOf(line: number): number {
    return this.#starts[Math.min(Math.max(line, 1), this.#starts.length) - 1] ?? 0
  }
}
