import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import type { KubernetesObject } from '../../../../domain/kubernetes/kubernetes-object.ts'
import { resolveVersions } from '../../../../domain/setup/versions/resolve-versions.ts'
import type { MeshName, VersionOptions } from '../../../../domain/setup/versions/version-set.ts'
import { useApi } from '../../../state/api.ts'
import { cluster, objectsOf } from '../../../state/cluster.ts'
import { connection, context } from '../../../state/contexts.ts'
import { GATEWAY_API_CRD, readConnectedVersions } from './read-connected-versions.ts'

const GATEWAY_API = 'gateway.networking.k8s.io'

/** The versions of the connected cluster, and what is known of them together. */
export function useConnectedVersions(today: string) {
  const api = useApi()
  const crd = shallowRef<KubernetesObject>()
  let asking = new AbortController()

  const hasGatewayApi = computed(() => cluster.value.types.some(({ group }) => group === GATEWAY_API))
  watch(
    [context, () => connection.value.kind, hasGatewayApi],
    async ([name, state, isServed]) => {
      asking.abort()
      asking = new AbortController()
      const { signal } = asking
      crd.value = undefined
      if (state !== 'live' || !isServed) return
      const id = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        name: GATEWAY_API_CRD,
      }
      // Without permission to read CRDs it is "not known": only the advice depends on it.
      const found = await api.readObject({ context: name, id }, signal).catch(() => undefined)
      if (!signal.aborted) crd.value = found
    },
    { immediate: true },
  )
  onScopeDispose(() => asking.abort())

  const versions = computed(() =>
    readConnectedVersions(
      connection.value.kind === 'live' ? connection.value.kubernetesVersion : undefined,
      objectsOf('apps', 'Deployment'),
      crd.value,
    ),
  )
  /** The kinds of the Gateway API of which there is an object. */
  const routeKinds = computed(() =>
    cluster.value.types
      .filter(({ group, kind }) => group === GATEWAY_API && objectsOf(group, kind).length > 0)
      .map(({ kind }) => kind),
  )
  const resolution = computed(() => {
    const { kubernetes, meshes, gatewayApi } = versions.value
    const of = (mesh: MeshName): string | undefined => meshes.find(each => each.mesh === mesh)?.version
    const [istio, linkerd] = [of('istio'), of('linkerd')]
    const options: VersionOptions = {
      provider: 'existing',
      meshes: [...new Set(meshes.map(({ mesh }) => mesh))],
      routeKinds: routeKinds.value,
      today,
      ...(kubernetes === undefined ? {} : { kubernetes }),
      ...(istio === undefined ? {} : { istio }),
      ...(linkerd === undefined ? {} : { linkerd }),
      ...(gatewayApi === undefined ? {} : { gatewayApi }),
    }
    return resolveVersions(options)
  })
  return { versions, hasGatewayApi, resolution }
}
