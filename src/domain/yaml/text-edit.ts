/** Replaces `length` characters at `offset` by `text`. */
export interface TextEdit {
  readonly offset: number
  readonly length: number
  readonly text: string
}

/** Applies edits that all speak of the same text and do not overlap; those at one offset apply in order. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = edits
    .map((edit, index) => ({ edit, index }))
    .sort((one, other) => one.edit.offset - other.edit.offset || one.index - other.index)
  let result = ''
  let position = 0
  for (const { edit } of ordered) {
    result += text.slice(position, edit.offset) + edit.text
    position = edit.offset + edit.length
  }
  return result + text.slice(position)
}

/** A run of the first text, or text that was put in. */
type Piece = { readonly from: number; readonly length: number } | { readonly text: string }

const lengthOf = (piece: Piece): number => ('text' in piece ? piece.text.length : piece.length)

const cut = (piece: Piece, from: number, to: number): Piece =>
  'text' in piece ? { text: piece.text.slice(from, to) } : { from: piece.from + from, length: to - from }

/** Follows a text through several rounds of edits and tells the edits that lead there from the first text. */
export class EditSequence {
  readonly #original: string
  #pieces: readonly Piece[]
  #text: string

  constructor(text: string) {
    this.#original = text
    this.#text = text
    this.#pieces = [{ from: 0, length: text.length }]
  }

  /** The text after all rounds so far. */
  get text(): string {
    return this.#text
  }

  /** One round: edits of the text as it is now. */
  apply(edits: readonly TextEdit[]): void {
    // From the end, so that the offsets of the others stay right; those at one offset then apply in order.
    const ordered = edits
      .map((edit, index) => ({ edit, index }))
      .sort((one, other) => other.edit.offset - one.edit.offset || other.index - one.index)
    this.#text = applyTextEdits(this.#text, edits)
    for (const { edit } of ordered) this.#pieces = splice(this.#pieces, edit)
  }

  /** All rounds as edits of the first text. */
  edits(): readonly TextEdit[] {
    const edits: TextEdit[] = []
    let position = 0
    let inserted = ''
    const flush = (offset: number): void => {
      if (offset > position || inserted !== '')
        edits.push(...trim(this.#original, { offset: position, length: offset - position, text: inserted }))
      inserted = ''
    }
    for (const piece of this.#pieces) {
      if ('text' in piece) inserted += piece.text
      else if (piece.length > 0) {
        flush(piece.from)
        position = piece.from + piece.length
      }
    }
    flush(this.#original.length)
    return edits
  }
}

function splice(pieces: readonly Piece[], { offset, length, text }: TextEdit): readonly Piece[] {
  const result: Piece[] = []
  const end = offset + length
  let position = 0
  let isPlaced = false
  const place = (): void => {
    if (!isPlaced && text !== '') result.push({ text })
    isPlaced = true
  }
  for (const piece of pieces) {
    const size = lengthOf(piece)
    const keepBefore = Math.max(0, Math.min(size, offset - position))
    if (keepBefore > 0) result.push(cut(piece, 0, keepBefore))
    if (position + size >= offset) {
      if (position + size > offset || offset === position + size) place()
      const keepFrom = Math.max(keepBefore, Math.min(size, end - position))
      if (keepFrom < size) result.push(cut(piece, keepFrom, size))
    }
    position += size
  }
  place()
  return result
}

/** Leaves out what an edit would put back as it was, without splitting a CRLF or a pair of surrogates. */
function trim(original: string, edit: TextEdit): readonly TextEdit[] {
  const old = original.slice(edit.offset, edit.offset + edit.length)
  const { text } = edit
  if (old === text) return []
  const most = Math.min(old.length, text.length)
  let head = 0
  while (head < most && old[head] === text[head]) head++
  if (head > 0 && /[\r\ud800-\udbff]/.test(old[head - 1] ?? '')) head--
  let tail = 0
  while (tail < most - head && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail++
  if (tail > 0 && /[\n\udc00-\udfff]/.test(old[old.length - tail] ?? '')) tail--
  return [
    {
      offset: edit.offset + head,
      length: old.length - head - tail,
      text: text.slice(head, text.length - tail),
    },
  ]
}
