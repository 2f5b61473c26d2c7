import { fieldsOf, listOf, optionalFields, textOf } from '../istio/fields/read-fields.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'
import { LineIndex } from '../yaml/lines.ts'
import type { Manifest, ManifestDocument } from '../yaml/manifest.ts'
import type { Path } from '../yaml/path.ts'
import { formatPath } from '../yaml/path.ts'
import { rangeOfPath } from '../yaml/positions.ts'
import { findQuotedTemplates } from './find-quoted-templates.ts'
import { foreignDocument } from './foreign-document.ts'
import { validateIdentity } from './validate-identity.ts'

/** A place in a text, 1-based. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** An object of a file and where it begins there. */
export interface LocatedObject {
  readonly object: KubernetesObject
  /** 1-based. */
  readonly line: number
  /** Where a field of the object is written, by its path as text; the nearest field around it where it is absent. */
  readonly locate: (path: string) => TextPlace
}

/** Something in a text that no cluster would take. */
export interface DocumentProblem extends TextPlace {
  readonly message: string
  readonly hint?: string
}

/** A document that is of another program, and which. */
export interface PassedOver extends TextPlace {
  /** `values of Helm`, `a kustomization`. */
  readonly what: string
}

/** Everything that a text holds: each document and each item of a list is in one of the three. */
export interface ManifestContent {
  readonly objects: readonly LocatedObject[]
  readonly passedOver: readonly PassedOver[]
  readonly problems: readonly DocumentProblem[]
}

/** Kinds that are in no namespace, of those that routing reads or that usually lie beside them. */
const CLUSTER_KINDS: ReadonlySet<string> = new Set([
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'gateway.networking.k8s.io/GatewayClass',
  'networking.k8s.io/IngressClass',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
])

interface Item {
  readonly value: unknown
  readonly path: Path
}

/**
 * The Kubernetes objects of a text; those of a `List` one by one. An object without a namespace is in the one given.
 * Documents of other programs (Helm's values, kustomizations, inputs of `istioctl install`) are named as passed over;
 * what looks like an object and is none is a problem, as it is to kubectl.
 */
export function readContent(manifest: Manifest, namespace: string): ManifestContent {
  const objects: LocatedObject[] = []
  const passedOver: PassedOver[] = []
  const problems: DocumentProblem[] = []
  const lines = new LineIndex(manifest.text)
  for (const document of manifest.documents) {
    if (document.problems.length > 0) continue
    const placeOf = (path: Path): TextPlace => locate(document, path, manifest.text, lines)
    const foreign = foreignDocument(document.value)
    if (foreign !== undefined) {
      passedOver.push({ what: foreign, ...placeOf([]) })
      continue
    }
    const { items, fault } = flatten(nameOperator(document.value))
    if (fault !== undefined) problems.push({ message: fault.message, ...placeOf(fault.path) })
    for (const { value, path } of items) {
      const faults = [...validateIdentity(value), ...findQuotedTemplates(fieldsOf(value))]
      const prefix = path.length === 0 ? '' : `${formatPath(path)}: `
      problems.push(
        ...faults.map(({ path: field, message, hint }) => ({
          message: `${prefix}${message}`,
          ...placeOf([...path, ...field]),
          ...(hint === undefined ? {} : { hint }),
        })),
      )
      const object = faults.length > 0 ? undefined : completeObject(fieldsOf(value), namespace)
      if (object !== undefined)
        objects.push({
          object,
          line: placeOf(path).line,
          locate: field => placeOf([...path, ...parsePath(field)]),
        })
    }
  }
  return { objects, passedOver, problems }
}

/** The objects of a text, whatever else it holds. */
export const objectsOf = (manifest: Manifest, namespace: string): readonly LocatedObject[] =>
  readContent(manifest, namespace).objects

/** Steps of `spec.http[0].match[0].headers.x` that lead somewhere in the document decide; names with dots do not. */
const parsePath = (path: string): Path =>
  [...path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(([, index, quoted, word]) =>
    index === undefined ? (quoted ?? word ?? '') : Number(index),
  )

function locate(document: ManifestDocument, path: Path, text: string, lines: LineIndex): TextPlace {
  for (let length = path.length; length > 0; length--) {
    const range = rangeOfPath(document, path.slice(0, length), text)
    if (range !== undefined) return lines.positionOf(range.start)
  }
  return lines.positionOf(document.start)
}

/** An input of `istioctl install`, which holds settings of the mesh, needs no name. */
function nameOperator(value: unknown): unknown {
  const fields = fieldsOf(value)
  if (fields['kind'] !== 'IstioOperator' || fields['metadata'] !== undefined) return value
  return { ...fields, metadata: { name: 'istio' } }
}

/** `kubectl get -o yaml` writes `kind: List`, the API server `VirtualServiceList`. */
function flatten(value: unknown): {
  readonly items: readonly Item[]
  readonly fault?: { readonly path: Path; readonly message: string }
} {
  const fields = fieldsOf(value)
  const kind = textOf(fields['kind'])
  if (kind?.endsWith('List') !== true || fieldsOf(fields['metadata'])['name'] !== undefined)
    return { items: [{ value, path: [] }] }
  const { items } = fields
  // An empty list is written without a value.
  if (items === null) return { items: [] }
  if (!Array.isArray(items))
    return { items: [], fault: { path: ['items'], message: `The ${kind} has no list of items` } }
  const itemKind = kind.slice(0, -'List'.length)
  return {
    items: listOf(items).map((item, index) => ({
      value:
        itemKind === '' || optionalFields(item) === undefined
          ? item
          : { apiVersion: fields['apiVersion'], kind: itemKind, ...fieldsOf(item) },
      path: ['items', index],
    })),
  }
}

function completeObject(
  fields: Readonly<Record<string, unknown>>,
  namespace: string,
): KubernetesObject | undefined {
  const metadata = fieldsOf(fields['metadata'])
  const [apiVersion, kind] = [textOf(fields['apiVersion']), textOf(fields['kind'])]
  const name = textOf(metadata['name']) ?? textOf(metadata['generateName'])
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined
  const isClusterWide = CLUSTER_KINDS.has(`${groupOf(apiVersion)}/${kind}`)
  return {
    ...fields,
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      name,
      ...(isClusterWide ? {} : { namespace: textOf(metadata['namespace']) ?? namespace }),
    },
  }
}
