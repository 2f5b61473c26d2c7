import type { KubernetesObject, ObjectMeta } from '../../domain/kubernetes/kubernetes-object.ts'
import { without } from '../objects/json.ts'

/** The object without some of the fields of its metadata; the name always stays. */
export function withoutMetadata(
  object: KubernetesObject,
  ...names: readonly Exclude<keyof ObjectMeta, 'name'>[]
): KubernetesObject {
  const { name } = object.metadata
  return { ...object, metadata: { ...without({ ...object.metadata }, ...names), name } }
}

/** The object without some of its fields. */
export function withoutFields(
  object: KubernetesObject,
  ...names: readonly ('spec' | 'status')[]
): KubernetesObject {
  const { apiVersion, kind, metadata } = object
  return { ...without(object, ...names), apiVersion, kind, metadata }
}
