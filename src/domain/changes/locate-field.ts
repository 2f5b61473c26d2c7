import { LineIndex } from '../yaml/lines.ts'
import type { ManifestDocument } from '../yaml/manifest.ts'
import { rangeOfPath } from '../yaml/positions.ts'
import { parseFieldPath } from './field-path.ts'

/**
 * Where a field that a server complains about stands in the user's text: the field itself, else the nearest part of it
 * that is written (a missing field is shown where it should be). 1-based.
 */
export function locateField(
  text: string,
  document: Pick<ManifestDocument, 'root' | 'start'>,
  field: string,
): { readonly line: number; readonly column: number } {
  const lines = new LineIndex(text)
  const path = parseFieldPath(field)
  for (let length = path.length; length > 0; length--) {
    const range = rangeOfPath(document, path.slice(0, length), text)
    if (range) return lines.positionOf(range.start)
  }
  return lines.positionOf(document.start)
}
