import {
  TAB,
  NEWLINE,
  RETURN,
  SPACE,
  HASH,
  SINGLE_QUOTE,
  PLUS,
  DASH,
  COLON,
  BACKSLASH,
  isEmpty,
  isFlowIndicator,
} from './characters.ts'
import { TextCursor } from './text-cursor.ts'

/** Counts the scalars: quoted, in blocks, plain. Source: yaml 2.9, src/parse/lexer.ts */
export class ScalarCounter extends TextCursor {
  /** Of a block scalar's header, `|2`; -1 where it is not written. */
  private headerIndent = -1
  private keepsTrailingLines = false

  protected quotedScalar(): void {
    const quote = this.at(0)
    const sign = quote === SINGLE_QUOTE ? "'" : '"'
    let end = this.text.indexOf(sign, this.position + 1)
    if (quote === SINGLE_QUOTE)
      while (end !== -1 && this.text.charCodeAt(end + 1) === SINGLE_QUOTE)
        end = this.text.indexOf(sign, end + 2)
    else
      while (end !== -1) {
        let backslashes = 0
        while (this.text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1
        if (backslashes % 2 === 0) break
        end = this.text.indexOf(sign, end + 1)
      }
    // A line that is indented too little ends the scalar.
    for (let feed = this.nextLineFeed(); feed !== -1 && feed < end;) {
      const next = this.continueScalar(feed + 1)
      if (next === -1) {
        end = feed - (this.text.charCodeAt(feed - 1) === RETURN ? 2 : 1)
        break
      }
      feed = this.text.indexOf('\n', next)
    }
    this.push(end === -1 ? this.text.length : end + 1)
  }

  protected blockScalarHeader(): void {
    this.headerIndent = -1
    this.keepsTrailingLines = false
    for (let index = this.position + 1; ; index++) {
      const code = this.text.charCodeAt(index)
      if (code === PLUS) this.keepsTrailingLines = true
      else if (code >= 49 && code <= 57) this.headerIndent = code - 49
      else if (code !== DASH) break
    }
    let end = this.position
    while (!isEmpty(this.text.charCodeAt(end)) && this.text.charCodeAt(end) !== HASH) end += 1
    this.push(end)
  }

  protected blockScalar(): void {
    let feed = this.position - 1
    let indent = 0
    scan: for (let index = this.position; index < this.text.length; index++)
      switch (this.text.charCodeAt(index)) {
        case SPACE:
          indent += 1
          break
        case NEWLINE:
          feed = index
          indent = 0
          break
        case RETURN:
          if (this.text.charCodeAt(index + 1) === NEWLINE) break
          break scan
        default:
          break scan
      }
    if (indent >= this.indentNext) {
      if (this.headerIndent === -1) this.indentNext = indent
      else this.indentNext = this.headerIndent + (this.indentNext === 0 ? 1 : this.indentNext)
      do {
        const next = this.continueScalar(feed + 1)
        if (next === -1) break
        feed = this.text.indexOf('\n', next)
      } while (feed !== -1)
      if (feed === -1) feed = this.text.length
    }
    this.count += 2
    this.position = Math.max(
      this.position,
      Math.min(this.endOfBlockScalar(feed, indent) + 1, this.text.length),
    )
  }

  /** With tabs that are indented too little, and without empty lines at its end, unless they are kept. */
  protected endOfBlockScalar(feed: number, indent: number): number {
    let index = feed + 1
    let code = this.text.charCodeAt(index)
    while (code === SPACE) code = this.text.charCodeAt(++index)
    if (code === TAB) {
      while (code === TAB || code === SPACE || code === RETURN || code === NEWLINE)
        code = this.text.charCodeAt(++index)
      return index - 1
    }
    if (this.keepsTrailingLines) return feed
    for (let end = feed; ;) {
      let before = end - 1
      if (this.text.charCodeAt(before) === RETURN) before -= 1
      const lastCharacter = before
      while (this.text.charCodeAt(before) === SPACE) before -= 1
      const isDropped =
        this.text.charCodeAt(before) === NEWLINE &&
        before >= this.position &&
        before + 1 + indent > lastCharacter
      if (!isDropped) return end
      end = before
    }
  }

  protected plainScalar(): void {
    const inFlow = this.flowLevel > 0
    const text = this.text
    let end = this.position - 1
    for (let index = this.position; index < text.length; index++) {
      let code = text.charCodeAt(index)
      if (code === COLON) {
        const next = text.charCodeAt(index + 1)
        if (isEmpty(next) || (inFlow && isFlowIndicator(next))) break
        end = index
      } else if (isEmpty(code)) {
        let next = text.charCodeAt(index + 1)
        if (code === RETURN)
          if (next === NEWLINE) {
            index += 1
            code = NEWLINE
            next = text.charCodeAt(index + 1)
          } else end = index
        if (next === HASH || (inFlow && isFlowIndicator(next))) break
        if (code === NEWLINE) {
          const after = this.continueScalar(index + 1)
          if (after === -1) break
          index = Math.max(index, after - 2)
        }
      } else {
        if (inFlow && isFlowIndicator(code)) break
        end = index
      }
    }
    this.count += 2
    this.position = end + 1
  }
}
