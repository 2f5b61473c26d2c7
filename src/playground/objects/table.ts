import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { ageText } from './age.ts'
import { cellsOfBuiltIn } from './built-in-cells.ts'
import { isObject } from './json.ts'
import { valuesAtJsonPath } from './json-path.ts'
import type { Column, ServedResource } from './served-resource.ts'

export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: 'meta.k8s.io/v1'
  readonly metadata: Readonly<Record<string, unknown>>
  readonly columnDefinitions: readonly Omit<Column, 'jsonPath'>[]
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
    columnDefinitions: resource.columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: objects.map(object => ({
      cells: resource.isCustom ? customCells(resource, object, now) : builtInCells(resource, object, now),
      ...(includeObject === 'None'
        ? {}
        : {
            object:
              includeObject === 'Object'
                ? object
                : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
          }),
    })),
  }
}

function builtInCells(resource: ServedResource, object: KubernetesObject, now: Date): readonly unknown[] {
  const cells = cellsOfBuiltIn(resource.group, resource.kind, object, now)
  return resource.columns.map(({ name, type }) => {
    if (name === 'Name') return object.metadata.name
    if (name === 'Age') return ageText(object.metadata.creationTimestamp, now)
    if (name === 'Created At') return object.metadata.creationTimestamp ?? null
    return cells[name] ?? (type === 'integer' ? 0 : type === 'boolean' ? false : '')
  })
}

/** Source: apiextensions-apiserver/pkg/registry/customresource/tableconvertor. */
function customCells({ columns }: ServedResource, object: KubernetesObject, now: Date): readonly unknown[] {
  return columns.map(({ jsonPath, type }) => {
    if (jsonPath === undefined) return object.metadata.name
    const values = valuesAtJsonPath(object, jsonPath)
    if (values.length === 0) return null
    return customCell(values, type, now)
  })
}

function customCell(values: readonly unknown[], type: string, now: Date): unknown {
  const [value] = values
  switch (type) {
    case 'date':
      return ageText(value, now)
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    default:
      return values.map(goText).join(' ')
  }
}

/** Lists and objects are JSON in a cell. */
const goText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Array.isArray(value) || isObject(value)
      ? JSON.stringify(value)
      : String(value)
