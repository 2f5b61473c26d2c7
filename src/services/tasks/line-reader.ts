import { stripVTControlCharacters } from 'node:util'

const MAX_LINE_LENGTH = 8_192

/**
 * Cuts text that arrives in pieces into lines without colors. A carriage return ends a line too: programs draw their
 * progress with it. A line that never ends is cut.
 */
export function createLineReader(onLine: (line: string) => void): {
  readonly read: (text: string) => void
  readonly end: () => void
} {
  let rest = ''
  const emit = (line: string): void => {
    const text = stripVTControlCharacters(line)
    if (text.trim() !== '') onLine(text)
  }
  return {
    read(text) {
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      lines.forEach(emit)
      while (rest.length > MAX_LINE_LENGTH) {
        emit(rest.slice(0, MAX_LINE_LENGTH))
        rest = rest.slice(MAX_LINE_LENGTH)
      }
    },
    end() {
      emit(rest)
      rest = ''
    },
  }
}
