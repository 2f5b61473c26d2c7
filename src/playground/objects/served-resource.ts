import type { Schema } from './schema.ts'

/** One column of a Table, as meta.k8s.io/v1 `TableColumnDefinition`. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  /** 0 is always shown; more only with `-o wide`. */
  readonly priority: number
  /** Of custom resources: where the cell's value is. */
  readonly jsonPath?: string
}

/** What follows the name in a path: `status`, `scale`, `log`. */
export interface Subresource {
  readonly name: string
  readonly kind: string
  /** Of the kind that the subresource takes and gives, `autoscaling/v1` for a scale. */
  readonly apiVersion: string
  readonly verbs: readonly string[]
  /** Of a custom resource's scale: where its numbers are. */
  readonly scalePaths?: {
    readonly specReplicasPath: string
    readonly statusReplicasPath: string
    readonly labelSelectorPath?: string
  }
}

/** A type of resource in one version in which it is served; discovery prints it. */
export interface ServedResource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** The version in which objects are stored; between versions only `apiVersion` differs. */
  readonly storageVersion: string
  readonly kind: string
  readonly listKind: string
  /** The name in paths. */
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly isNamespaced: boolean
  readonly verbs: readonly string[]
  readonly subresources: readonly Subresource[]
  readonly columns: readonly Column[]
  /** True for what a CustomResourceDefinition made. */
  readonly isCustom: boolean
  /** The structural schema of a custom resource; built-in kinds have theirs in `resources/kubernetes`. */
  readonly schema?: Schema
  /** Said in a `Warning` header when the version is used. */
  readonly deprecationWarning?: string
}

/** `deployments.apps`, or `pods` of the core group, as the API server's messages name a resource. */
export const qualifiedPlural = ({ group, plural }: Pick<ServedResource, 'group' | 'plural'>): string =>
  group === '' ? plural : `${plural}.${group}`

/** `Deployment.apps`, or `Pod` of the core group, as the API server's messages name a kind. */
export const qualifiedKind = ({ group, kind }: Pick<ServedResource, 'group' | 'kind'>): string =>
  group === '' ? kind : `${kind}.${group}`
