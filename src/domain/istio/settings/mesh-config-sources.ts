import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { groupOf } from '../../kubernetes/kubernetes-object.ts'
import { parseManifest } from '../../yaml/manifest.ts'
import type { Fields } from '../fields/read-fields.ts'
import { fieldsOf, optionalFields, textOf } from '../fields/read-fields.ts'

/** Something that says how the mesh is set: a MeshConfig, and the values it was installed with. */
export interface MeshConfigSource {
  /** `ConfigMap istio-system/istio`, `--mesh-config mesh.yaml`. */
  readonly title: string
  /** The MeshConfig. */
  readonly config: Fields
  /** The values of Istio's charts, as far as they are there. */
  readonly values: Fields
}

export interface MeshConfigSources {
  /** The strongest first. */
  readonly sources: readonly MeshConfigSource[]
  readonly problems: readonly string[]
}

/**
 * Where the objects tell the settings of the mesh. A ConfigMap of a file is stronger than an IstioOperator, which is
 * never in a cluster, and that stronger than what a cluster has; `istio` is stronger than those of revisions.
 * Source: https://istio.io/latest/docs/setup/upgrade/canary/ (ConfigMap `istio-REVISION`), and the chart `istiod`
 * (`templates/configmap.yaml`, `templates/configmap-values.yaml`).
 */
export function findMeshConfigs(objects: readonly KubernetesObject[]): MeshConfigSources {
  const problems: string[] = []
  const found = objects.flatMap(object => {
    const source = readSource(object, problems)
    return source === undefined ? [] : [{ source, rank: rankOf(object) }]
  })
  found.sort((one, other) => one.rank - other.rank || (one.source.title < other.source.title ? -1 : 1))
  return { sources: found.map(({ source }) => source), problems }
}

/** What the API server has given a `uid` is of a cluster. */
function rankOf({ kind, metadata }: KubernetesObject): number {
  if (kind === 'IstioOperator') return 2
  const { name, uid } = metadata
  const isOfRevision = name !== 'istio' && name !== 'values'
  return (uid === undefined ? 0 : 4) + (isOfRevision ? 1 : 0)
}

function readSource(object: KubernetesObject, problems: string[]): MeshConfigSource | undefined {
  const { kind, apiVersion, metadata } = object
  // `istioctl install` reads these from files, mostly without a name.
  if (kind === 'IstioOperator' && groupOf(apiVersion) === 'install.istio.io')
    return { title: 'IstioOperator', ...readInstallation(fieldsOf(object.spec)) }
  if (kind !== 'ConfigMap' || groupOf(apiVersion) !== '') return undefined
  const title = `ConfigMap ${metadata.namespace ?? 'default'}/${metadata.name}`
  const data = fieldsOf(object['data'])
  const read = (key: string): Fields | undefined => {
    const text = textOf(data[key])
    if (text === undefined) return undefined
    const fields = parseMap(text)
    if (fields === undefined) problems.push(`${title}: data.${key} is not a map in YAML`)
    return fields
  }
  if (/^istio(-|$)/.test(metadata.name)) {
    const config = read('mesh')
    if (config !== undefined) return { title, config, values: {} }
    // The injector's own copy of the values: it has no MeshConfig beside it.
    const injector = /^istio-sidecar-injector(-|$)/.test(metadata.name) ? read('values') : undefined
    return injector && { title, config: {}, values: injector }
  }
  if (!/^values(-|$)/.test(metadata.name)) return undefined
  const values = read('merged-values') ?? read('original-values')
  return values && { title, config: {}, values }
}

const parseMap = (text: string): Fields | undefined => optionalFields(parseManifest(text).documents[0]?.value)

/** `spec` of an IstioOperator: `meshConfig` is stronger than the one among the values. */
const readInstallation = (spec: Fields): { readonly config: Fields; readonly values: Fields } => {
  const values = fieldsOf(spec['values'])
  const config = { ...fieldsOf(values['meshConfig']), ...fieldsOf(spec['meshConfig']) }
  const namespace = textOf(spec['namespace']) ?? textOf(fieldsOf(values['global'])['istioNamespace'])
  return {
    config: namespace === undefined ? config : { rootNamespace: namespace, ...config },
    values,
  }
}

/**
 * The settings in a text that names itself a source: a MeshConfig as it is, a ConfigMap with one, an IstioOperator, or
 * values of Istio's charts. Undefined where it is none of them.
 */
export function readMeshConfigText(value: unknown, title: string): MeshConfigSource | undefined {
  const fields = optionalFields(value)
  if (fields === undefined) return undefined
  if (fields['kind'] === 'IstioOperator') return { title, ...readInstallation(fieldsOf(fields['spec'])) }
  if (fields['kind'] === 'ConfigMap') {
    const text = textOf(fieldsOf(fields['data'])['mesh'])
    const config = text === undefined ? undefined : parseMap(text)
    return config && { title, config, values: {} }
  }
  if (fields['kind'] !== undefined) return undefined
  const isValues = 'meshConfig' in fields || 'global' in fields
  return isValues ? { title, ...readInstallation({ values: fields }) } : { title, config: fields, values: {} }
}
