import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import type { Column, ServedResource } from './served-resource.ts'

export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: 'meta.k8s.io/v1'
  readonly metadata: Readonly<Record<string, unknown>>
  readonly columnDefinitions: readonly Column[]
  readonly rows: readonly TableRow[]
}

export interface TableRow {
  readonly cells: readonly unknown[]
  readonly object?: unknown
}

/** The objects as kubectl prints them: a Table of meta.k8s.io/v1. The caller sets the list's metadata. */
export function tableOf(
  resource: ServedResource,
  objects: readonly KubernetesObject[],
  now: Date,
  includeObject: 'None' | 'Metadata' | 'Object',
): Table {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: resource.columns,
    rows: objects.map(object => ({
      cells: [object.metadata.name, now.toISOString()],
      ...(includeObject === 'None' ? {} : { object }),
    })),
  }
}
