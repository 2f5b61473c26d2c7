import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { applyObject, createObject } from './write-objects.ts'
import type { MemoryStore } from './memory-store.ts'
import type { ServedTypes } from './served-types.ts'

/** What the world's makers run: nobody edits it by hand. */
const MAKER = 'playground'
/**
 * The routes and policies are as if applied by the workbench itself, so that the first change of a learner meets no
 * conflict with an owner that nobody is.
 */
const WORKBENCH = 'mesh-workbench'
const isRouting = ({ apiVersion }: KubernetesObject): boolean =>
  apiVersion.includes('istio.io/') || apiVersion.startsWith('gateway.networking')

/** Creates the first objects as a client would: CRDs first, then namespaces, then the rest in their order. */
export function seed(
  {
    store,
    types,
    now,
  }: { readonly store: MemoryStore; readonly types: ServedTypes; readonly now: () => number },
  objects: readonly KubernetesObject[],
): void {
  const rankOf = ({ kind }: KubernetesObject): number =>
    kind === 'CustomResourceDefinition' ? 0 : kind === 'Namespace' ? 1 : 2
  for (const object of objects.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    const { apiVersion, kind, metadata } = object
    const type = types.ofKind(apiVersion, kind)
    if (!type) throw new Error(`the first object ${kind} ${metadata.name} is of the unknown ${apiVersion}`)
    const namespace = type.isNamespaced ? (metadata.namespace ?? 'default') : undefined
    const write = isRouting(object) ? applyObject : createObject
    const { object: created } = write(
      { store, now },
      { type, namespace, name: isRouting(object) ? metadata.name : undefined, rest: [] },
      object,
      {
        isDryRun: false,
        manager: isRouting(object) ? WORKBENCH : MAKER,
        fieldValidation: 'Strict',
        isForced: false,
      },
    )
    // A client cannot set a status when it creates; the world begins with some.
    if (object.status !== undefined) store.update(type, { ...created, status: object.status })
  }
}
