import { computed, type ComputedRef } from 'vue'
import type { Problem } from '../../../domain/problem.ts'
import { context } from '../../state/contexts.ts'
import { schemas, useSchemas } from '../../state/schemas.ts'

/** Gives the editors the schemas of the chosen context, again where its types change; says which they use. */
export function useClusterSchemas(): {
  readonly words: ComputedRef<string>
  readonly problem: Readonly<{ readonly value: Problem | undefined }>
} {
  const { key, problem } = useSchemas(async bundle => {
    const { setSchemas } = await import('../../monaco/schemas.ts')
    await setSchemas(bundle)
  })
  const words = computed(() => {
    const present = schemas.value
    if (present?.context === context.value)
      return present.bundle.source === 'cluster' ? `Schemas of ${present.context}` : 'Bundled schemas'
    const others = present === undefined ? 'No schemas yet' : `Schemas of ${present.context}`
    if (problem.value !== undefined)
      return `${others}: those of ${context.value} could not be read. ${problem.value.message}`
    return key.value === ''
      ? `${others}: ${context.value === '' ? 'no context' : `${context.value} is not connected`}`
      : `${others}: reading those of ${context.value}`
  })
  return { words, problem }
}
