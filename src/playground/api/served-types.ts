import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { builtInTypes } from '../objects/built-in-types.ts'
import { typesOfCrd } from '../objects/custom-types.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import type { CollectionName, ObjectStore } from '../store.ts'

export const CRDS: CollectionName = { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' }
export const NAMESPACES: CollectionName = { group: '', plural: 'namespaces' }

/** The types that the API server knows now: those of Kubernetes and those of the CRDs in the store. */
export interface ServedTypes {
  all(): readonly ServedResource[]
  find(group: string, version: string, plural: string): ServedResource | undefined
  ofKind(apiVersion: string, kind: string): ServedResource | undefined
  stop(): void
}

export const apiVersionOfType = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? version : `${group}/${version}`

export function createServedTypes(store: ObjectStore): ServedTypes {
  const custom = new Map<string, readonly ServedResource[]>()
  let all: readonly ServedResource[] = []
  let byPath = new Map<string, ServedResource>()

  function learn(crd: KubernetesObject): void {
    custom.set(crd.metadata.name, typesOfCrd(crd))
    index()
  }
  function index(): void {
    all = [...builtInTypes, ...[...custom.values()].flat()]
    byPath = new Map(all.map(type => [`${apiVersionOfType(type)}/${type.plural}`, type]))
  }

  for (const crd of store.list(CRDS)) custom.set(crd.metadata.name, typesOfCrd(crd))
  index()
  const stop = store.subscribe(({ kind, collection, object }) => {
    if (collection.group !== CRDS.group || collection.plural !== CRDS.plural) return
    if (kind === 'deleted') {
      custom.delete(object.metadata.name)
      index()
    } else learn(object)
  })

  return {
    all: () => all,
    find: (group, version, plural) => byPath.get(`${apiVersionOfType({ group, version })}/${plural}`),
    ofKind: (apiVersion, kind) =>
      all.find(type => type.kind === kind && apiVersionOfType(type) === apiVersion),
    stop,
  }
}
