import { applyChanges } from '../yaml/apply-change.ts'
import { applyToValue } from '../yaml/apply-to-value.ts'
import type { TextEdit } from '../yaml/text-edit.ts'
import { changesOf } from './changes-of.ts'
import type { Edit } from './edit.ts'
import { usualKeyOrder } from './key-order.ts'

/**
 * What an edit changes in the user's text: the fewest characters, nothing else. Throws a `ProblemError` where the
 * text is broken or written in a way that a form cannot change safely.
 */
export function applyEdit(text: string, documentIndex: number, edit: Edit): readonly TextEdit[] {
  return applyChanges(text, documentIndex, value => changesOf(edit, value), usualKeyOrder)
}

/** What an object says after an edit; the object given stays as it was. */
export function applyEditToValue(value: unknown, edit: Edit): unknown {
  return changesOf(edit, value).reduce(applyToValue, value)
}
