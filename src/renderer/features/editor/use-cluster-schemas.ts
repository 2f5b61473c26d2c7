import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { toProblem, type Problem } from '../../../domain/problem.ts'
import type { SchemaBundle } from '../../../shared/contract/resources.ts'
import { useApi } from '../../state/api.ts'
import { cluster } from '../../state/cluster.ts'
import { connection, context } from '../../state/contexts.ts'

const RETRY_AFTER = 5_000

/** What the editors of the page use now; they share one language service. */
const used = shallowRef<{
  readonly key: string
  readonly context: string
  readonly bundle: SchemaBundle
}>()

/** Gives the editors the schemas of the chosen context, again where its types change; says which they use. */
export function useClusterSchemas(): {
  readonly words: ComputedRef<string>
  readonly problem: Readonly<{ readonly value: Problem | undefined }>
} {
  const api = useApi()
  const problem = shallowRef<Problem>()
  const key = computed(() => {
    const { types } = cluster.value
    if (types.length === 0 || connection.value.kind !== 'live') return ''
    return [context.value, ...types.map(({ group, version, kind }) => `${group}/${version}/${kind}`)].join(
      ' ',
    )
  })
  let timer: ReturnType<typeof setTimeout> | undefined

  async function read(name: string, wanted: string, signal: AbortSignal): Promise<void> {
    try {
      const bundle =
        used.value?.key === wanted ? used.value.bundle : await api.readSchemas({ context: name }, signal)
      const { setSchemas } = await import('../../monaco/schemas.ts')
      if (signal.aborted) return
      await setSchemas(bundle)
      used.value = { key: wanted, context: name, bundle }
      problem.value = undefined
    } catch (error) {
      if (signal.aborted) return
      problem.value = toProblem(error)
      timer = setTimeout(() => void read(name, wanted, signal), RETRY_AFTER)
    }
  }

  watch(
    key,
    (wanted, _, onCleanup) => {
      clearTimeout(timer)
      problem.value = undefined
      if (wanted === '') return
      const stop = new AbortController()
      onCleanup(() => stop.abort())
      void read(context.value, wanted, stop.signal)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  const words = computed(() => {
    const present = used.value
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
