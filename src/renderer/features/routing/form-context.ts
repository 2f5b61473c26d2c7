import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Edit } from '../../../domain/edits/edit.ts'
import type { JsonSchema } from '../../../domain/schema/json-schema.ts'
import type { Definitions } from '../../../domain/schema/schema-fields.ts'
import type { Path } from '../../../domain/yaml/path.ts'

/** What every part of an open object's form needs: the object, its schema, and where its edits go. */
export interface FormContext {
  readonly object: ComputedRef<unknown>
  /** Undefined where the cluster's schemas are not there, or do not have the kind. */
  readonly schema: ComputedRef<JsonSchema | undefined>
  readonly definitions: ComputedRef<Definitions>
  /** The part that is selected in the form or in the text. */
  readonly selected: ComputedRef<Path>
  /** Edits of one `gesture` undo together. */
  readonly edit: (edit: Edit, gesture?: string) => void
  readonly select: (path: Path) => void
}

const key: InjectionKey<FormContext> = Symbol('form-context')

export const provideForm = (context: FormContext): void => provide(key, context)

/** Only inside `setup` of a component under the routing editor. */
export function useForm(): FormContext {
  const context = inject(key)
  if (context === undefined) throw new Error('useForm needs a parent that called provideForm')
  return context
}
