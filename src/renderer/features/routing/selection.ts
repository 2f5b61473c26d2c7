import { optionalFields } from '../../../domain/istio/fields/read-fields.ts'
import { extentOf } from '../../../domain/yaml/extent.ts'
import { LineIndex } from '../../../domain/yaml/lines.ts'
import type { ManifestDocument } from '../../../domain/yaml/manifest.ts'
import { valueAt, type Path } from '../../../domain/yaml/path.ts'
import { pathAt, rangeOfPath } from '../../../domain/yaml/positions.ts'

interface ShownText {
  readonly document: ManifestDocument
  readonly text: string
}

/** The lines that a selected card stands for, with the comment above them. */
export function highlightOf(
  shown: ShownText | undefined,
  path: Path,
): { readonly fromLine: number; readonly toLine: number } | undefined {
  if (shown === undefined || path.length === 0) return undefined
  const range = rangeOfPath(shown.document, path, shown.text)
  if (range === undefined) return undefined
  const { start, end } = extentOf(shown.text, range.start, range.end)
  const lines = new LineIndex(shown.text)
  return { fromLine: lines.positionOf(start).line, toLine: lines.positionOf(end).line }
}

/** The card that a place in the text belongs to; undefined where it belongs to none. */
export function selectionAt({ document, text }: ShownText, offset: number): Path | undefined {
  const path = pathAt(document, offset, text)
  const [spec, , index, field, item] = path
  if (spec !== 'spec' || typeof index !== 'number') return undefined
  const card = path.slice(0, 3)
  // Lists of plain texts, such as hosts, have no cards.
  if (optionalFields(valueAt(document.value, card)) === undefined) return undefined
  const isTarget = (field === 'route' || field === 'backendRefs') && typeof item === 'number'
  return isTarget ? path.slice(0, 5) : card
}
