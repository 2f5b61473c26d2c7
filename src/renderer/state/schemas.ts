import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { toProblem, type Problem } from '../../domain/problem.ts'
import type { JsonSchema } from '../../domain/schema/json-schema.ts'
import type { SchemaBundle } from '../../shared/contract/resources.ts'
import { useApi } from './api.ts'
import { cluster } from './cluster.ts'
import { connection, context } from './contexts.ts'

const RETRY_AFTER = 5_000

/** The schemas that forms and editors of the page use now. */
export const schemas = shallowRef<{
  readonly key: string
  readonly context: string
  readonly bundle: SchemaBundle
}>()

/** The schema of a kind in the version that an object names; undefined until the schemas are there. */
export const schemaOfKind = (apiVersion: string, kind: string): JsonSchema | undefined =>
  schemas.value?.bundle.kinds.find(each => each.apiVersion === apiVersion && each.kind === kind)?.schema

/**
 * Reads the schemas of the chosen context, again where its types change. `prepare` is given them before they count as
 * used. Only inside `setup`.
 */
export function useSchemas(prepare?: (bundle: SchemaBundle) => Promise<void>): {
  /** Empty while the context has no types or is not connected. */
  readonly key: ComputedRef<string>
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
        schemas.value?.key === wanted
          ? schemas.value.bundle
          : await api.readSchemas({ context: name }, signal)
      if (signal.aborted) return
      await prepare?.(bundle)
      if (schemas.value?.bundle !== bundle) schemas.value = { key: wanted, context: name, bundle }
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
  return { key, problem }
}
