import type { Path } from '../yaml/path.ts'
import { valueAt } from '../yaml/path.ts'
import type { TextEdit } from '../yaml/text-edit.ts'
import { applyTextEdits } from '../yaml/text-edit.ts'
import type { Edit } from './edit.ts'

/**
 * The edits that lead back: applied to the text after `edits`, they give the text before, byte for byte. This is
 * what a history keeps for a gesture.
 */
export function invertTextEdits(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  const ordered = edits
    .map((edit, index) => ({ edit, index }))
    .sort((one, other) => one.edit.offset - other.edit.offset || one.index - other.index)
  let shift = 0
  return ordered.map(({ edit }) => {
    const inverse = {
      offset: edit.offset + shift,
      length: edit.text.length,
      text: text.slice(edit.offset, edit.offset + edit.length),
    }
    shift += edit.text.length - edit.length
    return inverse
  })
}

/**
 * The gesture that takes a general edit back, said of the object as it was before: what was put in goes, what was
 * moved returns, a value is set back. Undefined where the edit changes nothing.
 */
export function invertEdit(edit: GeneralEdit, before: unknown): GeneralEdit | undefined {
  switch (edit.kind) {
    case 'setPath': {
      const old = valueAt(before, edit.path)
      return old === undefined ? takeAway(edit.path, before) : { ...edit, value: old }
    }
    case 'insertItem': {
      const list = valueAt(before, edit.path)
      return Array.isArray(list)
        ? { kind: 'removeItem', path: edit.path, index: Math.min(edit.index, list.length) }
        : list === undefined
          ? takeAway(edit.path, before)
          : { kind: 'setPath', path: edit.path, value: list }
    }
    case 'removePath':
      return putBack(edit.path, edit.prune ?? 0, before)
    case 'removeItem':
      return putBack([...edit.path, edit.index], edit.prune ?? 0, before)
    case 'moveItem':
      return { ...edit, from: edit.to, to: edit.from }
    case 'renameKey':
      return {
        kind: 'renameKey',
        path: [...edit.path.slice(0, -1), edit.name],
        name: String(edit.path.at(-1)),
      }
  }
}

/** The edits that reach every field of every kind. */
export type GeneralEdit = Extract<
  Edit,
  { kind: 'setPath' | 'removePath' | 'insertItem' | 'moveItem' | 'removeItem' | 'renameKey' }
>

/** Removes what was made at a path, with the parents that were made for it. */
function takeAway(path: Path, before: unknown): GeneralEdit {
  let made = path
  while (made.length > 1 && valueAt(before, made.slice(0, -1)) === undefined) made = made.slice(0, -1)
  const parent = made.slice(0, -1)
  // A key without a value was there before, and took the new field in.
  return valueAt(before, parent) === null
    ? { kind: 'setPath', path: parent, value: null }
    : { kind: 'removePath', path: made }
}

/** Sets what was removed, from the topmost parent that went with it. */
function putBack(path: Path, prune: number, before: unknown): GeneralEdit | undefined {
  if (valueAt(before, path) === undefined) return undefined
  let target = path
  for (let level = 0; level < prune; level++) {
    const parent = valueAt(before, target.slice(0, -1))
    if (typeof parent !== 'object' || parent === null || Object.keys(parent).length !== 1) break
    target = target.slice(0, -1)
  }
  const key = target.at(-1)
  const value = valueAt(before, target)
  return typeof key === 'number'
    ? { kind: 'insertItem', path: target.slice(0, -1), index: key, value }
    : { kind: 'setPath', path: target, value }
}

/** The text after edits, and what leads back from it. */
export function applyWithInverse(
  text: string,
  edits: readonly TextEdit[],
): { readonly text: string; readonly inverse: readonly TextEdit[] } {
  return { text: applyTextEdits(text, edits), inverse: invertTextEdits(text, edits) }
}
