/**
 * A Kubernetes object as the API server sends it: plain JSON. Fields that the product does not know stay.
 * Source: https://kubernetes.io/docs/reference/generated/kubernetes-api/ (ObjectMeta v1 meta).
 */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: unknown
  readonly status?: unknown
  readonly [field: string]: unknown
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  /** RFC 3339. */
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly generateName?: string
  readonly managedFields?: readonly ManagedFields[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ManagedFields {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly time?: string
  readonly fieldsType?: string
  readonly fieldsV1?: unknown
  readonly subresource?: string
}

/** Names one object in one cluster. `namespace` is absent for cluster-scoped objects. */
export interface ResourceId {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** Names a type of resource as the API server's discovery does; `plural` is the name in URLs. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly isNamespaced: boolean
}

/** `group/version`, or only `version` for the core group. */
export const apiVersionOf = ({ group, version }: Pick<ResourceType, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`

/** The group of an `apiVersion`: `networking.istio.io` of `networking.istio.io/v1`, empty of `v1`. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

/** The version of an `apiVersion`: `v1` of `networking.istio.io/v1`. */
export const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1)

/** The id of an object. */
export const resourceIdOf = ({ apiVersion, kind, metadata }: KubernetesObject): ResourceId => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
})

/** A text that is the same for the same object whatever served version it was read in: group, kind, namespace, name. */
export const resourceKey = ({ apiVersion, kind, namespace, name }: ResourceId): string =>
  `${groupOf(apiVersion)}/${kind}/${namespace ?? ''}/${name}`
