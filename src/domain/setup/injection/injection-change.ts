import { fieldsOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject, ResourceId } from '../../kubernetes/kubernetes-object.ts'
import { resourceIdOf } from '../../kubernetes/kubernetes-object.ts'
import {
  AMBIENT_LABEL,
  INJECT_LABEL,
  INJECTION_LABEL,
  LINKERD_ANNOTATION,
  REVISION_LABEL,
} from './decide-injection.ts'

/** What somebody wants for a namespace or for a workload. */
export type InjectionChange =
  | { readonly kind: 'default' }
  | { readonly kind: 'revision'; readonly revision: string }
  | { readonly kind: 'ambient' }
  | { readonly kind: 'linkerd'; readonly isIngress: boolean }
  /** Opted out by name. */
  | { readonly kind: 'off' }
  /** Nothing said: a workload follows its namespace, a namespace is out. */
  | { readonly kind: 'unset' }

/** A JSON merge patch (RFC 7396): null removes a field. */
export interface InjectionPatch {
  readonly id: ResourceId
  readonly patch: unknown
}

type Marks = Readonly<Record<string, string | null>>

/** Sets the requested marks and removes all others, so that no two contradict each other. */
function changeMarks(existing: unknown, owned: readonly string[], wanted: Marks): Marks {
  const present = Object.keys(fieldsOf(existing)).filter(key => owned.includes(key))
  return { ...Object.fromEntries(present.map(key => [key, null])), ...wanted }
}

/** The labels and the annotations of a metadata, as a patch; empty parts are left out. */
function patchMetadata(
  existing: unknown,
  keys: { readonly labels: readonly string[]; readonly annotations: readonly string[] },
  wanted: { readonly labels?: Marks; readonly annotations?: Marks },
): Readonly<Record<string, Marks>> {
  const metadata = fieldsOf(existing)
  const parts = (['labels', 'annotations'] as const).map(
    part => [part, changeMarks(metadata[part], keys[part], wanted[part] ?? {})] as const,
  )
  return Object.fromEntries(parts.filter(([, marks]) => Object.keys(marks).length > 0))
}

/** Which mesh is meant where something is to stay out. */
export type InjectionMesh = 'istio' | 'ambient' | 'linkerd'

function wantedOfNamespace(change: InjectionChange, mesh: InjectionMesh) {
  switch (change.kind) {
    case 'default':
      return { labels: { [INJECTION_LABEL]: 'enabled' } }
    case 'revision':
      return { labels: { [REVISION_LABEL]: change.revision } }
    case 'ambient':
      return { labels: { [AMBIENT_LABEL]: 'ambient' } }
    case 'linkerd':
      return { annotations: { [LINKERD_ANNOTATION]: change.isIngress ? 'ingress' : 'enabled' } }
    case 'off':
      return mesh === 'linkerd'
        ? { annotations: { [LINKERD_ANNOTATION]: 'disabled' } }
        : { labels: { [INJECTION_LABEL]: 'disabled' } }
    case 'unset':
      return {}
  }
}

/** What makes a namespace ask for what is requested. */
export function patchNamespace(
  namespace: KubernetesObject,
  change: InjectionChange,
  mesh: InjectionMesh,
): InjectionPatch {
  const keys = {
    labels: [INJECTION_LABEL, REVISION_LABEL, AMBIENT_LABEL],
    annotations: [LINKERD_ANNOTATION],
  }
  const metadata = patchMetadata(namespace.metadata, keys, wantedOfNamespace(change, mesh))
  return { id: resourceIdOf(namespace), patch: { metadata } }
}

function wantedOfWorkload(change: InjectionChange, mesh: InjectionMesh) {
  switch (change.kind) {
    case 'default':
      return { labels: { [INJECT_LABEL]: 'true' } }
    case 'revision':
      return { labels: { [INJECT_LABEL]: 'true', [REVISION_LABEL]: change.revision } }
    case 'ambient':
      return { labels: { [AMBIENT_LABEL]: 'ambient' } }
    case 'linkerd':
      return { annotations: { [LINKERD_ANNOTATION]: change.isIngress ? 'ingress' : 'enabled' } }
    case 'off':
      if (mesh === 'linkerd') return { annotations: { [LINKERD_ANNOTATION]: 'disabled' } }
      return { labels: mesh === 'ambient' ? { [AMBIENT_LABEL]: 'none' } : { [INJECT_LABEL]: 'false' } }
    case 'unset':
      return {}
  }
}

/** The same in the pod template of a workload, whose pods are recreated by it. */
export function patchWorkload(
  workload: KubernetesObject,
  change: InjectionChange,
  mesh: InjectionMesh,
): InjectionPatch {
  const template = fieldsOf(fieldsOf(workload.spec)['template'])
  const keys = {
    labels: [INJECT_LABEL, REVISION_LABEL, AMBIENT_LABEL],
    annotations: [INJECT_LABEL, LINKERD_ANNOTATION],
  }
  const metadata = patchMetadata(template['metadata'], keys, wantedOfWorkload(change, mesh))
  return { id: resourceIdOf(workload), patch: { spec: { template: { metadata } } } }
}
