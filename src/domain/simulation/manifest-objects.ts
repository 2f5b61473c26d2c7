import { fieldsOf, listOf, textOf } from '../mesh/read-fields.ts'
import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import { groupOf } from '../resources/kubernetes-object.ts'
import type { Manifest } from '../yaml/manifest.ts'

/** An object of a file and where it begins there. */
export interface LocatedObject {
  readonly object: KubernetesObject
  /** 1-based. */
  readonly line: number
  /** Set where the name is no text, as in `name: y`, which is a boolean. */
  readonly wrongName?: string
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

/**
 * The Kubernetes objects of a text; those of a `List` one by one. An object without a namespace is in the one given.
 * Documents of other programs (Helm's values, kustomizations, inputs of `istioctl install`) are passed over.
 */
export function objectsOf(manifest: Manifest, namespace: string): readonly LocatedObject[] {
  return manifest.documents.flatMap(({ value, line }) =>
    flatten(value).flatMap(item => {
      const object = readObject(item, namespace)
      if (object === undefined) return []
      const { name } = fieldsOf(fieldsOf(item)['metadata'])
      const isWrong = typeof name === 'boolean' || typeof name === 'number'
      return [{ object, line, ...(isWrong ? { wrongName: String(name) } : {}) }]
    }),
  )
}

/** `kubectl get -o yaml` writes `kind: List`, the API server `VirtualServiceList`. */
function flatten(value: unknown): readonly unknown[] {
  const fields = fieldsOf(value)
  const kind = textOf(fields['kind'])
  if (kind?.endsWith('List') !== true || !Array.isArray(fields['items'])) return [value]
  const itemKind = kind.slice(0, -'List'.length)
  return listOf(fields['items']).map(item =>
    itemKind === '' ? item : { apiVersion: fields['apiVersion'], kind: itemKind, ...fieldsOf(item) },
  )
}

const nameOf = (name: unknown): string | undefined =>
  typeof name === 'boolean' || typeof name === 'number' ? String(name) : textOf(name)

function readObject(value: unknown, namespace: string): KubernetesObject | undefined {
  const fields = fieldsOf(value)
  const metadata = fieldsOf(fields['metadata'])
  const [apiVersion, kind] = [textOf(fields['apiVersion']), textOf(fields['kind'])]
  const name =
    nameOf(metadata['name']) ??
    textOf(metadata['generateName']) ??
    // What `istioctl install -f` reads mostly has no name, and says how the mesh is set.
    (kind === 'IstioOperator' ? 'istio' : undefined)
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
