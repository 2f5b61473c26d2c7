import {
  computed,
  onScopeDispose,
  shallowRef,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type ShallowRef,
} from 'vue'
import { meshKindOf, type MeshKind } from '../../domain/kubernetes/kinds.ts'
import type { Problem } from '../../domain/problem.ts'
import {
  groupOf,
  type KubernetesObject,
  type ResourceId,
  type ResourceType,
} from '../../domain/kubernetes/kubernetes-object.ts'
import type { Api } from '../../shared/contract.ts'
import type { ServedType } from '../../shared/contract/resources.ts'
import { useApi } from './api.ts'
import { connection, context } from './contexts.ts'
import { follow, type Following } from './follow.ts'
import { applyResourceEvent, type ResourceList } from './resource-store.ts'

export interface Cluster {
  /** By `group/Kind`; the core group is empty: `/Pod`. */
  readonly objects: ReadonlyMap<string, readonly KubernetesObject[]>
  /** Every type the cluster serves. */
  readonly types: readonly ServedType[]
  /** By `group/Kind`: why a list cannot be read at the moment. */
  readonly problems: ReadonlyMap<string, Problem>
  /** Why the types are not known. */
  readonly typesProblem?: Problem
  /** Whether every followed list has arrived (or failed) once. */
  readonly isLoaded: boolean
  readonly all: () => KubernetesObject[]
}

export const typeKey = (group: string, kind: string): string => `${group}/${kind}`

const emptyCluster: Cluster = {
  objects: new Map(),
  types: [],
  problems: new Map(),
  isLoaded: false,
  all: () => [],
}

/** A copy of what matters to the mesh in the chosen context, all namespaces. Only `followCluster` writes it. */
export const cluster: ShallowRef<Cluster> = shallowRef(emptyCluster)

export const objectsOf = (group: string, kind: string): readonly KubernetesObject[] =>
  cluster.value.objects.get(typeKey(group, kind)) ?? []

export const findObject = ({ apiVersion, kind, namespace, name }: ResourceId): KubernetesObject | undefined =>
  objectsOf(groupOf(apiVersion), kind).find(
    ({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === (namespace ?? ''),
  )

/** The type of a kind in the version to use for it. */
export const findType = (group: string, kind: string): ServedType | undefined =>
  preferredTypes.value.find(type => type.group === group && type.kind === kind)

/** One version of each type that can be listed: the group's preferred one where the type has it. */
export const preferredTypes = computed<readonly ServedType[]>(() => {
  const chosen = new Map<string, ServedType>()
  for (const type of cluster.value.types) {
    if (!type.verbs.includes('list')) continue
    const key = typeKey(type.group, type.kind)
    if (!chosen.has(key) || type.isPreferred) chosen.set(key, type)
  }
  return [...chosen.values()]
})

const isFrom =
  (source: MeshKind['source']) =>
  (type: ServedType): boolean =>
    type.verbs.includes('watch') && meshKindOf(type.group, type.kind)?.source === source

const plainType = ({ group, version, kind, plural, isNamespaced }: ServedType) => ({
  group,
  version,
  kind,
  plural,
  isNamespaced,
})

/** Where control planes run: the settings of a mesh are kept beside them. */
const controlPlaneNamespaces = computed<readonly string[]>(() => [
  ...new Set(
    objectsOf('apps', 'Deployment')
      .filter(({ metadata }) => metadata.labels?.['app'] === 'istiod')
      .flatMap(({ metadata }) => metadata.namespace ?? []),
  ),
])

interface FollowedCluster extends Following {
  /** Also follows types in the namespaces of control planes alone; each call replaces the last. */
  readonly followControlPlanes: (request: {
    readonly types: readonly ResourceType[]
    readonly namespaces: readonly string[]
  }) => void
}

/** Follows types and mesh objects of the chosen context until the returned function is called. */
export function followCluster(api: Pick<Api, 'watchTypes' | 'watchResources'>): () => void {
  let types: Following | undefined
  let resources: FollowedCluster | undefined
  const byContext = watch(
    context,
    name => {
      types?.stop()
      cluster.value = emptyCluster
      if (name === '') return
      types = follow(
        signal => api.watchTypes({ context: name }, signal),
        served => (cluster.value = { ...withoutTypesProblem(cluster.value), types: served }),
        typesProblem => (cluster.value = { ...cluster.value, typesProblem }),
      )
    },
    { immediate: true },
  )
  const followed = computed(() => preferredTypes.value.filter(isFrom('cluster')).map(plainType))
  const settings = computed(() => ({
    types: preferredTypes.value.filter(isFrom('control-plane')).map(plainType),
    namespaces: controlPlaneNamespaces.value,
  }))
  const byTypes = watch(
    [context, () => JSON.stringify(followed.value)],
    () => {
      resources?.stop()
      resources = undefined
      const list = followed.value
      if (list.length === 0) return
      resources = followResources(api, context.value, list)
      resources.followControlPlanes(settings.value)
    },
    { immediate: true },
  )
  const bySettings = watch(
    () => JSON.stringify(settings.value),
    () => resources?.followControlPlanes(settings.value),
  )
  const byConnection = watch(
    () => connection.value.kind,
    kind => {
      if (kind !== 'live') return
      types?.retryNow()
      resources?.retryNow()
    },
  )
  return () => {
    for (const stop of [byContext, byTypes, bySettings, byConnection]) stop()
    types?.stop()
    resources?.stop()
  }
}

function followResources(
  api: Pick<Api, 'watchResources'>,
  name: string,
  types: readonly ResourceType[],
): FollowedCluster {
  const lists = new Map<string, ResourceList>()
  let frame: ReturnType<typeof setTimeout> | undefined
  const publish = (): void => {
    frame = undefined
    const old = cluster.value.objects
    const objects = new Map<string, readonly KubernetesObject[]>()
    const problems = new Map<string, Problem>()
    for (const [key, { items, problem }] of lists) {
      const before = old.get(key)
      objects.set(key, changed.has(key) || before === undefined ? [...items.values()] : before)
      if (problem !== undefined) problems.set(key, problem)
    }
    changed.clear()
    cluster.value = {
      ...cluster.value,
      objects,
      problems,
      isLoaded: types.every(type => lists.has(typeKey(type.group, type.kind))),
      all: () => [...objects.values()].flat(),
    }
  }
  const changed = new Set<string>()
  // Many lists arrive together at the start: one new copy for all that came within a frame.
  const publishSoon = (): void => {
    frame ??= setTimeout(publish, 16)
  }
  const followLists = (all: readonly ResourceType[], namespaces: readonly string[]): Following =>
    follow(
      signal => api.watchResources({ context: name, types: [...all], namespaces: [...namespaces] }, signal),
      event => {
        const key = typeKey(event.type.group, event.type.kind)
        lists.set(key, applyResourceEvent(lists.get(key), event))
        changed.add(key)
        publishSoon()
      },
      problem => {
        for (const type of all) {
          const key = typeKey(type.group, type.kind)
          const list = lists.get(key)
          lists.set(key, { items: list?.items ?? new Map<string, KubernetesObject>(), problem })
        }
        publishSoon()
      },
    )
  const following = followLists(types, [])
  let settings: Following | undefined
  return {
    followControlPlanes(request) {
      settings?.stop()
      settings = undefined
      for (const { group, kind } of request.types) {
        lists.delete(typeKey(group, kind))
        changed.add(typeKey(group, kind))
      }
      if (request.types.length > 0 && request.namespaces.length > 0)
        settings = followLists(request.types, request.namespaces)
    },
    stop: () => {
      clearTimeout(frame)
      following.stop()
      settings?.stop()
    },
    retryNow: () => {
      following.retryNow()
      settings?.retryNow()
    },
  }
}

function withoutTypesProblem({ objects, types, problems, isLoaded, all }: Cluster): Cluster {
  return { objects, types, problems, isLoaded, all }
}

export type ListState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'live' }
  | { readonly kind: 'failed'; readonly problem: Problem }

/** A live list of any type of the chosen context; only inside `setup` or an effect scope. */
export function useResources(
  type: MaybeRefOrGetter<ServedType | undefined>,
  namespaces: MaybeRefOrGetter<readonly string[]> = [],
): { readonly items: ShallowRef<readonly KubernetesObject[]>; readonly state: ShallowRef<ListState> } {
  const api = useApi()
  const items = shallowRef<readonly KubernetesObject[]>([])
  const state = shallowRef<ListState>({ kind: 'loading' })
  let following: Following | undefined
  const question = computed(() => {
    const served = toValue(type)
    return JSON.stringify({
      context: context.value,
      types: served === undefined ? [] : [plainType(served)],
      namespaces: [...toValue(namespaces)],
    })
  })
  watch(
    question,
    text => {
      following?.stop()
      items.value = []
      state.value = { kind: 'loading' }
      const input = JSON.parse(text) as Parameters<typeof api.watchResources>[0]
      if (input.context === '' || input.types.length === 0) return
      let list: ResourceList | undefined
      following = follow(
        signal => api.watchResources(input, signal),
        event => {
          list = applyResourceEvent(list, event)
          items.value = [...list.items.values()]
          state.value =
            list.problem === undefined ? { kind: 'live' } : { kind: 'failed', problem: list.problem }
        },
        problem => (state.value = { kind: 'failed', problem }),
      )
    },
    { immediate: true },
  )
  watch(
    () => connection.value.kind,
    kind => {
      if (kind === 'live') following?.retryNow()
    },
  )
  onScopeDispose(() => following?.stop())
  return { items, state }
}
