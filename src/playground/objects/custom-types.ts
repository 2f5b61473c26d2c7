import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { nameColumn } from './built-in-columns.ts'
import { isObject, listOf, objectOf, textOf, valueAt } from './json.ts'
import type { Column, ServedResource, Subresource } from './served-resource.ts'

const everyVerb = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

const texts = (value: unknown): readonly string[] => listOf(value).filter(item => typeof item === 'string')

// A CRD without columns of its own shows Age.
// Source: apiextensions-apiserver/pkg/registry/customresource/tableconvertor.
const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'CreationTimestamp is a timestamp representing the server time when this object was created.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
}

function columnsOf(version: unknown): readonly Column[] {
  const columns = listOf(valueAt(version, 'additionalPrinterColumns')).map((column): Column => ({
    name: textOf(valueAt(column, 'name')),
    type: textOf(valueAt(column, 'type')),
    format: textOf(valueAt(column, 'format')),
    description: textOf(valueAt(column, 'description')),
    priority: Number(valueAt(column, 'priority') ?? 0),
    jsonPath: textOf(valueAt(column, 'jsonPath')),
  }))
  return [nameColumn, ...(columns.length === 0 ? [ageColumn] : columns)]
}

function subresourcesOf(version: unknown, kind: string, apiVersion: string): readonly Subresource[] {
  const verbs = ['get', 'patch', 'update']
  const scale = valueAt(version, 'subresources', 'scale')
  const labelSelectorPath = textOf(valueAt(scale, 'labelSelectorPath'))
  return [
    ...(isObject(valueAt(version, 'subresources', 'status'))
      ? [{ name: 'status', kind, apiVersion, verbs }]
      : []),
    ...(isObject(scale)
      ? [
          {
            name: 'scale',
            kind: 'Scale',
            apiVersion: 'autoscaling/v1',
            verbs,
            scalePaths: {
              specReplicasPath: textOf(scale['specReplicasPath']),
              statusReplicasPath: textOf(scale['statusReplicasPath']),
              ...(labelSelectorPath === '' ? {} : { labelSelectorPath }),
            },
          },
        ]
      : []),
  ]
}

/** The types that a CustomResourceDefinition serves, one for each served version. */
export function typesOfCrd(crd: KubernetesObject): readonly ServedResource[] {
  const spec = objectOf(crd.spec)
  const names = objectOf(spec['names'])
  const group = textOf(spec['group'])
  const kind = textOf(names['kind'])
  const versions = listOf(spec['versions'])
  const storageVersion = textOf(
    valueAt(
      versions.find(version => valueAt(version, 'storage') === true),
      'name',
    ),
  )
  return versions
    .filter(version => valueAt(version, 'served') === true)
    .map((version): ServedResource => {
      const name = textOf(valueAt(version, 'name'))
      const apiVersion = `${group}/${name}`
      const warning = textOf(valueAt(version, 'deprecationWarning'))
      return {
        group,
        version: name,
        storageVersion,
        kind,
        listKind: textOf(names['listKind']) || `${kind}List`,
        plural: textOf(names['plural']),
        singular: textOf(names['singular']) || kind.toLowerCase(),
        shortNames: texts(names['shortNames']),
        categories: texts(names['categories']),
        isNamespaced: spec['scope'] !== 'Cluster',
        verbs: everyVerb,
        subresources: subresourcesOf(version, kind, apiVersion),
        columns: columnsOf(version),
        isCustom: true,
        schema: objectOf(valueAt(version, 'schema', 'openAPIV3Schema')),
        ...(valueAt(version, 'deprecated') === true
          ? { deprecationWarning: warning || `${apiVersion} ${kind} is deprecated` }
          : {}),
      }
    })
}

/** The CRDs of Istio and of the Gateway API that `scripts/build-resources.ts` made. */
export function loadCrds(resourcesFolder: string): KubernetesObject[] {
  const folder = join(resourcesFolder, 'generated', 'crds')
  if (!existsSync(folder)) throw new Error(`${folder} is missing; node scripts/build-resources.ts makes it`)
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as KubernetesObject)
}

/** The CRD as the API server keeps it once its names are accepted: `kubectl wait --for condition=established`. */
export function establishCrd(crd: KubernetesObject, now: Date): KubernetesObject {
  const lastTransitionTime = now.toISOString().replace(/\.\d+Z$/, 'Z')
  const condition = (type: string, reason: string, message: string): unknown => ({
    type,
    status: 'True',
    lastTransitionTime,
    reason,
    message,
  })
  const stored = listOf(valueAt(crd.spec, 'versions')).filter(version => valueAt(version, 'storage') === true)
  return {
    ...crd,
    status: {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: valueAt(crd.spec, 'names'),
      storedVersions: stored.map(version => valueAt(version, 'name')),
    },
  }
}
