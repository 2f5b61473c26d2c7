/** A text in three parts, so that what is searched stays in view where the text has no room. */
export interface TextParts {
  readonly head: string
  /** Empty where nothing is searched or found. */
  readonly match: string
  readonly tail: string
}

/** Splits a text at the first place of what is searched, whatever the case of its letters. */
export function splitAtMatch(text: string, search: string): TextParts {
  const wanted = search.trim().toLowerCase()
  const at = wanted === '' ? -1 : text.toLowerCase().indexOf(wanted)
  if (at === -1) return { head: text, match: '', tail: '' }
  return {
    head: text.slice(0, at),
    match: text.slice(at, at + wanted.length),
    tail: text.slice(at + wanted.length),
  }
}

/** A text of at most so many characters, for drawings that cannot cut one: the searched part is kept, the rest is `…`. */
export function cutText(text: string, maxLength: number, search = ''): string {
  if (text.length <= maxLength) return text
  const { head, match } = splitAtMatch(text, search)
  const end = match === '' ? 0 : head.length + match.length
  if (end < maxLength) return `${text.slice(0, maxLength - 1)}…`
  if (match.length >= maxLength) return `${match.slice(0, maxLength - 1)}…`
  const start = Math.max(0, end - (maxLength - 2))
  const isAtEnd = end >= text.length
  return isAtEnd ? `…${text.slice(text.length - maxLength + 1)}` : `…${text.slice(start, end)}…`
}
