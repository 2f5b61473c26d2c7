import { columnOf, isFirstInLine, lineEnd, lineStart, nextLine } from './lines.ts'

/** What belongs to an entry or item of a block: its lines, the comments right above it and behind it. */
export interface Extent {
  readonly start: number
  /** Before the line end. */
  readonly end: number
  /** Whether it begins at the start of a line; the first entry of a list item does not. */
  readonly isWholeLines: boolean
}

/**
 * The extent of an entry whose key (or dash) is at `from` and whose content ends at `to`. A comment above, in the
 * same column and without an empty line between, is about the entry; so is a comment below that is indented more.
 */
export function extentOf(text: string, from: number, to: number): Extent {
  const column = columnOf(text, from)
  const isWholeLines = isFirstInLine(text, from)
  let start = isWholeLines ? lineStart(text, from) : from
  while (isWholeLines && start > 0) {
    const above = lineStart(text, start - 1)
    if (commentColumn(text, above) !== column) break
    start = above
  }
  let end = lineEnd(text, to)
  for (let below = nextLine(text, end); below < text.length && below > end; below = nextLine(text, end)) {
    const comment = commentColumn(text, below)
    if (comment === undefined || comment <= column) break
    end = lineEnd(text, below)
  }
  return { start, end, isWholeLines }
}

/** The column of a line's comment, where the line holds nothing else. */
function commentColumn(text: string, start: number): number | undefined {
  let index = start
  while (text[index] === ' ') index++
  return text[index] === '#' ? index - start : undefined
}
