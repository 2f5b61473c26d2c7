import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** What stands in the place of a Secret's values outside the backend. */
export const mask = '••••'

/** An object as lists show it: without field owners and kubectl's copy of itself, Secret values masked. */
export function projectObject(object: KubernetesObject): KubernetesObject {
  const metadata = without(object.metadata, 'managedFields')
  const { annotations } = metadata
  if (annotations === undefined) return maskSecret({ ...object, metadata })
  return maskSecret({ ...object, metadata: { ...metadata, annotations: without(annotations, lastApplied) } })
}

function without<T extends object, Key extends keyof T>(fields: T, key: Key): Omit<T, Key> {
  const rest = { ...fields }
  Reflect.deleteProperty(rest, key)
  return rest
}

/** A Secret keeps its keys and loses its values, those in kubectl's copy of it too; other objects stay as they are. */
export function maskSecret(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object
  const { annotations } = object.metadata
  return {
    ...object,
    ...(object['data'] === undefined ? {} : { data: maskValues(object['data']) }),
    ...(object['stringData'] === undefined ? {} : { stringData: maskValues(object['stringData']) }),
    ...(annotations?.[lastApplied] === undefined
      ? {}
      : { metadata: { ...object.metadata, annotations: { ...annotations, [lastApplied]: mask } } }),
  }
}

const maskValues = (values: unknown): unknown =>
  typeof values === 'object' && values !== null
    ? Object.fromEntries(Object.keys(values).map(key => [key, mask]))
    : values
