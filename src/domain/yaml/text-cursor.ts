import { TAB, NEWLINE, RETURN, SPACE, HASH, DASH, DOT, isEmpty } from './characters.ts'

/** A place in a text that moves from token to token and counts them; the half of `count-tokens` that knows no YAML but lines. */
export class TextCursor {
  protected readonly text: string
  protected readonly limit: number
  protected count = 0
  protected position = 0
  protected flowLevel = 0
  /** The least indentation of lines that go on with the current scalar. */
  protected indentNext = 0
  /** The next line feed at or after the position as of the last look; -1 where there is none. */
  private lineEnd = -2

  constructor(text: string, limit: number) {
    this.text = text
    this.limit = limit
  }

  protected at(offset: number): number {
    return this.text.charCodeAt(this.position + offset)
  }

  /** Up to an index that is at least the position. */
  protected push(end: number): void {
    if (end <= this.position) return
    this.count += 1
    this.position = Math.min(end, this.text.length)
  }

  protected pushSpaces(withTabs: boolean): number {
    const start = this.position
    let end = start
    for (;;) {
      const code = this.text.charCodeAt(end)
      if (code !== SPACE && !(withTabs && code === TAB)) break
      end += 1
    }
    this.push(end)
    return end - start
  }

  protected pushNewline(): number {
    const code = this.at(0)
    const length = code === NEWLINE ? 1 : code === RETURN && this.at(1) === NEWLINE ? 2 : 0
    this.push(this.position + length)
    return length
  }

  protected nextLineFeed(): number {
    if (this.lineEnd === -2 || (this.lineEnd !== -1 && this.lineEnd < this.position))
      this.lineEnd = this.text.indexOf('\n', this.position)
    return this.lineEnd
  }

  /** Where the line ends, without its line break. */
  protected endOfLine(): number {
    const end = this.nextLineFeed()
    if (end === -1) return this.text.length
    return this.text.charCodeAt(end - 1) === RETURN && end > this.position ? end - 1 : end
  }

  protected isAtLineEnd(): boolean {
    let index = this.position
    let code = this.text.charCodeAt(index)
    while (code === SPACE || code === TAB) code = this.text.charCodeAt(++index)
    if (Number.isNaN(code) || code === HASH || code === NEWLINE) return true
    return code === RETURN && this.text.charCodeAt(index + 1) === NEWLINE
  }

  protected isMarker(index: number, code: number): boolean {
    return (
      this.text.charCodeAt(index) === code &&
      this.text.charCodeAt(index + 1) === code &&
      this.text.charCodeAt(index + 2) === code &&
      isEmpty(this.text.charCodeAt(index + 3))
    )
  }

  /** Where the scalar goes on in the line that begins at an offset; -1 where it does not. */
  protected continueScalar(offset: number): number {
    const text = this.text
    let code = text.charCodeAt(offset)
    if (this.indentNext > 0) {
      let indent = 0
      while (code === SPACE) code = text.charCodeAt(++indent + offset)
      if (code === RETURN && text.charCodeAt(indent + offset + 1) === NEWLINE) return offset + indent + 1
      return code === NEWLINE || indent >= this.indentNext ? offset + indent : -1
    }
    return this.isMarker(offset, DASH) || this.isMarker(offset, DOT) ? -1 : offset
  }
}
