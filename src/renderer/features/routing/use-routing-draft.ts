import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { applyEdit } from '../../../domain/edits/apply-edit.ts'
import { describeDifference } from '../../../domain/edits/describe-difference.ts'
import type { Edit } from '../../../domain/edits/edit.ts'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import { parseManifest, type ManifestDocument } from '../../../domain/yaml/manifest.ts'
import { applyTextEdits } from '../../../domain/yaml/text-edit.ts'
import type { Draft } from '../../../shared/contract/workspace.ts'
import { changeText, drafts } from '../../state/drafts.ts'

/** How many steps back the form remembers. */
const REMEMBERED = 200

export interface RoutingDraft {
  readonly draft: ComputedRef<Draft | undefined>
  readonly text: ComputedRef<string>
  /** What is wrong with the text as it is. */
  readonly problems: ComputedRef<readonly Problem[]>
  readonly isBroken: ComputedRef<boolean>
  /** The document that the form shows: the last one that could be read, and the text it was read from. */
  readonly shown: Readonly<
    ShallowRef<{ readonly document: ManifestDocument; readonly text: string } | undefined>
  >
  /** `2 numbers changed`; undefined where nothing is. */
  readonly difference: ComputedRef<string | undefined>
  /** Why the last gesture could not be written into the text. */
  readonly refusal: ShallowRef<Problem | undefined>
  /** What the last change came from; undefined where it stands alone. */
  readonly gesture: Readonly<ShallowRef<string | undefined>>
  /** A gesture in the form. Edits of one gesture (a drag) undo together. */
  readonly edit: (edit: Edit, gesture?: string) => void
  readonly setText: (text: string) => void
  readonly undo: () => void
  readonly redo: () => void
}

/** One document of a draft, changed by form and by hand, with one history. */
export function useRoutingDraft(id: () => string | undefined, index: () => number): RoutingDraft {
  const draft = computed(() => drafts.value.get(id() ?? ''))
  const text = computed(() => draft.value?.text ?? '')
  const manifest = computed(() => parseManifest(text.value))
  const current = computed(() => manifest.value.documents[index()])
  const isBroken = computed(() => current.value?.root === undefined || manifest.value.problems.length > 0)
  const shown = shallowRef<{ document: ManifestDocument; text: string }>()
  const refusal = shallowRef<Problem>()

  watch(
    [id, current],
    ([nextId], old) => {
      if (nextId !== old[0]) {
        shown.value = undefined
        refusal.value = undefined
      }
      const document = current.value
      if (document?.root !== undefined && !isBroken.value) shown.value = { document, text: text.value }
    },
    { immediate: true, flush: 'sync' },
  )

  const baseValue = computed(() => parseManifest(draft.value?.base ?? '').documents[index()]?.value)
  const difference = computed(() => {
    if (draft.value === undefined || draft.value.text === draft.value.base || isBroken.value) return undefined
    return describeDifference(baseValue.value, current.value?.value) ?? 'only the writing changed'
  })

  let past: string[] = []
  let future: string[] = []
  const gesture = shallowRef<string>()
  watch(id, () => {
    past = []
    future = []
    gesture.value = undefined
  })

  function write(next: string, by: string | undefined): void {
    const open = draft.value
    if (open === undefined || next === open.text) return
    if (by === undefined || by !== gesture.value) past = [...past, open.text].slice(-REMEMBERED)
    gesture.value = by
    future = []
    changeText(open.id, next)
  }

  function travel(from: string[], to: string[]): void {
    const next = from.pop()
    const open = draft.value
    if (next === undefined || open === undefined) return
    to.push(open.text)
    gesture.value = undefined
    changeText(open.id, next)
  }

  return {
    draft,
    text,
    problems: computed(() => manifest.value.problems),
    isBroken,
    shown,
    difference,
    refusal,
    gesture,
    edit(edit, by) {
      refusal.value = undefined
      try {
        write(applyTextEdits(text.value, applyEdit(text.value, index(), edit)), by)
      } catch (error) {
        refusal.value = toProblem(error)
      }
    },
    setText: next => write(next, 'typing'),
    undo: () => travel(past, future),
    redo: () => travel(future, past),
  }
}
