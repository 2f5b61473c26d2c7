import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { findSecretAnnotations, isSecret } from './secret-values.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** What stands in the place of a Secret's values outside the backend. */
export const mask = '••••'

/** An object as lists show it: without field owners and kubectl's copy of itself, Secret values masked. */
export function projectObject(object: KubernetesObject): KubernetesObject {
  const masked = maskSecret(object)
  const metadata = without(masked.metadata, 'managedFields')
  const { annotations } = metadata
  if (annotations === undefined) return { ...masked, metadata }
  return { ...masked, metadata: { ...metadata, annotations: without(annotations, lastApplied) } }
}

function without<T extends object, Key extends keyof T>(fields: T, key: Key): Omit<T, Key> {
  const rest = { ...fields }
  Reflect.deleteProperty(rest, key)
  return rest
}

/**
 * A Secret keeps its keys and loses its values, also those in its annotations, whatever they are called; other
 * objects stay as they are. Whatever leaves the backend goes through this, or through changes/show-object.ts.
 */
export function maskSecret(object: KubernetesObject): KubernetesObject {
  if (!isSecret(object)) return object
  const { annotations } = object.metadata
  const hidden = findSecretAnnotations(object)
  return {
    ...object,
    ...(object['data'] === undefined ? {} : { data: maskValues(object['data']) }),
    ...(object['stringData'] === undefined ? {} : { stringData: maskValues(object['stringData']) }),
    ...(annotations === undefined
      ? {}
      : {
          metadata: {
            ...object.metadata,
            annotations: Object.fromEntries(
              Object.entries(annotations).map(([name, text]) => [
                name,
                hidden.has(name) || name === lastApplied ? mask : text,
              ]),
            ),
          },
        }),
  }
}

const maskValues = (values: unknown): unknown =>
  typeof values === 'object' && values !== null && !Array.isArray(values)
    ? Object.fromEntries(Object.keys(values).map(key => [key, mask]))
    : mask
