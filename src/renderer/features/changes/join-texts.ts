export interface JoinedTexts {
  readonly text: string
  /** Which text a 1-based line of the whole belongs to, and its line there. */
  readonly placeOf: (line: number) => { readonly index: number; readonly line: number }
}

/** Several texts as one YAML text of many documents. A single one stays exactly as it is. */
export function joinTexts(texts: readonly string[]): JoinedTexts {
  const [only] = texts
  if (only !== undefined && texts.length === 1) return { text: only, placeOf: line => ({ index: 0, line }) }
  const starts: number[] = []
  const lines: string[] = []
  for (const text of texts) {
    if (starts.length > 0) lines.push('---')
    starts.push(lines.length)
    lines.push(...text.trimEnd().split(/\r?\n/))
  }
  return {
    text: `${lines.join('\n')}\n`,
    placeOf(line) {
      const index = Math.max(
        0,
        starts.findLastIndex(start => start < line),
      )
      return { index, line: line - (starts[index] ?? 0) }
    },
  }
}
