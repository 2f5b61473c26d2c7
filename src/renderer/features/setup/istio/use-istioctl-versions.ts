import { computed, ref } from 'vue'
import { ISTIO_RELEASES } from '../../../../domain/setup/versions/istio-releases.ts'
import { useApi } from '../../../state/api.ts'
import { useQuery } from '../meshes/use-query.ts'

/** The versions of istioctl that can be taken; `requested` is empty for the program that is used anyway. */
export function useIstioctlVersions() {
  const api = useApi()
  const { value: tool } = useQuery(
    () => 'istioctl',
    async (_key, signal) => (await api.listTools(undefined, signal)).find(each => each.tool === 'istioctl'),
  )
  const version = ref('')
  const versions = computed(() => {
    const used = tool.value?.used?.version
    const here = (tool.value?.programs ?? []).flatMap(each => each.version ?? [])
    return [
      { value: '', label: used === undefined ? 'Newest known' : `Current program (${used})` },
      ...[...new Set([...here, ...ISTIO_RELEASES.map(each => each.version)])].map(each => ({
        value: each,
        label: here.includes(each) ? each : `${each} (to be downloaded)`,
      })),
    ]
  })
  /** Without any program here, the newest that is known. */
  const requested = computed(
    () => version.value || (tool.value?.used ? '' : (ISTIO_RELEASES[0]?.version ?? '')),
  )
  return { version, versions, requested }
}
