import type { NamedObject } from '../istio/named-object.ts'
import { compareAge, nameObject } from '../istio/named-object.ts'
import { fieldsOf } from '../istio/fields/read-fields.ts'
import type { Fields } from '../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'

/** Objects of some kinds and groups, oldest first. */
export const objectsOf = (
  objects: readonly KubernetesObject[],
  kind: string,
  groups: readonly string[],
): readonly NamedObject[] =>
  objects
    .filter(object => object.kind === kind && groups.includes(groupOf(object.apiVersion)))
    .map(nameObject)
    .sort(compareAge)

export const POLICY = 'policy.linkerd.io'
export const GATEWAY = 'gateway.networking.k8s.io'

export const specOf = ({ object }: NamedObject): Fields => fieldsOf(object.spec)

/** Annotations of a namespace, empty where no object tells of it. */
export const namespaceAnnotations = (
  objects: readonly KubernetesObject[],
  name: string,
): Readonly<Record<string, string>> =>
  objects.find(object => object.kind === 'Namespace' && object.metadata.name === name)?.metadata
    .annotations ?? {}
