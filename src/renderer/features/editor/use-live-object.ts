import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import type { KubernetesObject, ResourceId } from '../../../domain/kubernetes/kubernetes-object.ts'
import { isDeepEqual } from '../../../domain/yaml/deep-equal.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import { printObject } from '../../../domain/yaml/print-object.ts'
import type { Draft } from '../../../shared/contract/workspace.ts'
import { useApi } from '../../state/api.ts'
import { findObject } from '../../state/cluster.ts'
import { connection, context } from '../../state/contexts.ts'
import { rebaseDraft } from '../../state/drafts.ts'

const valueOf = (text: string): unknown => parseManifest(text).documents[0]?.value

/** Keeps the text of an object that nobody changed at what is live; tells where a changed one has fallen behind. */
export function useLiveObject(draft: () => Draft | undefined): {
  readonly isLiveChanged: ComputedRef<boolean>
  readonly takeLive: () => void
} {
  const api = useApi()
  /** Of kinds that are not followed: as it was when the text was shown. */
  const fetched = shallowRef<KubernetesObject>()
  const id = computed((): ResourceId | undefined => {
    const origin = draft()?.origin
    if (origin?.kind !== 'object' || origin.context !== context.value) return undefined
    const { apiVersion, objectKind: kind, namespace, name } = origin
    return { apiVersion, kind, name, ...(namespace === '' ? {} : { namespace }) }
  })
  const followed = computed(() => {
    const found = id.value === undefined ? undefined : findObject(id.value)
    return found?.apiVersion === id.value?.apiVersion ? found : undefined
  })
  const liveText = computed(() => {
    const live = followed.value ?? fetched.value
    return live === undefined ? undefined : printObject(live)
  })

  watch(
    [
      () => JSON.stringify(id.value),
      () => connection.value.kind === 'live',
      () => followed.value !== undefined,
    ],
    async ([, isLive, isFollowed], _, onCleanup) => {
      fetched.value = undefined
      const wanted = id.value
      if (wanted === undefined || !isLive || isFollowed) return
      const stop = new AbortController()
      onCleanup(() => stop.abort())
      try {
        const object = await api.readObject({ context: context.value, id: wanted }, stop.signal)
        if (!stop.signal.aborted) fetched.value = object
      } catch {
        // Not there, or not to be read: the text stays as it is, and the review says what is wrong.
      }
    },
    { immediate: true },
  )

  const isBehind = computed(() => {
    const open = draft()
    if (open === undefined || liveText.value === undefined) return false
    return !isDeepEqual(valueOf(open.base), valueOf(liveText.value))
  })
  const takeLive = (): void => {
    const open = draft()
    if (open !== undefined && liveText.value !== undefined)
      rebaseDraft(open.id, liveText.value, liveText.value)
  }
  watch(
    [isBehind, liveText, () => draft()?.id],
    () => {
      const open = draft()
      if (isBehind.value && open !== undefined && open.text === open.base) takeLive()
    },
    { immediate: true },
  )
  return {
    isLiveChanged: computed(() => {
      const open = draft()
      return isBehind.value && open !== undefined && open.text !== open.base
    }),
    takeLive,
  }
}
