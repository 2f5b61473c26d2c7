import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import type { Fields } from '../fields/read-fields.ts'
import { fieldsOf, textOf } from '../fields/read-fields.ts'
import type { OutboundTrafficPolicy } from '../sidecar.ts'
import { findClusterDomain } from './cluster-domain.ts'
import type { MeshConfigSource } from './mesh-config-sources.ts'
import { findMeshConfigs } from './mesh-config-sources.ts'
import type { Assumption, MeshSettings } from './mesh-settings.ts'
import { findUnheeded, readMeshConfig } from './read-mesh-config.ts'

/** Settings that are given with the objects, and are stronger than what these say. */
export interface MeshOptions {
  readonly rootNamespace?: string
  readonly trustDomain?: string
  readonly clusterDomain?: string
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy
  /** What `--mesh-config` names. */
  readonly meshConfig?: MeshConfigSource
}

/**
 * The settings of the mesh: what is given, else what the objects say field by field, the strongest first, else Istio's
 * defaults, which are named as assumptions.
 */
export function findMeshSettings(
  objects: readonly KubernetesObject[],
  options: MeshOptions = {},
): MeshSettings {
  const { sources: found, problems } = findMeshConfigs(objects)
  const sources = options.meshConfig === undefined ? found : [options.meshConfig, ...found]
  const config = mergeConfigs(sources)
  const read = readMeshConfig(config)
  const domain = options.clusterDomain === undefined ? findClusterDomain(objects, sources) : undefined
  const clusterDomain = options.clusterDomain ?? domain?.domain ?? 'cluster.local'
  const assumptions: Assumption[] = []
  if (domain?.isGuess === true)
    assumptions.push({
      setting: 'clusterDomain',
      value: clusterDomain,
      reason: `${domain.title} names a Service by it`,
      isGuess: true,
    })
  else if (domain === undefined && options.clusterDomain === undefined)
    assumptions.push({ setting: 'clusterDomain', value: clusterDomain, reason: NOTHING, isGuess: false })
  const settings = { ...read, ...given(options), clusterDomain }
  for (const setting of ['trustDomain', 'outboundTrafficPolicy'] as const)
    if (config[setting] === undefined && options[setting] === undefined)
      assumptions.push({
        setting,
        value: settings[setting],
        reason: sources.some(source => Object.keys(source.config).length > 0) ? 'Istio’s default' : NOTHING,
        isGuess: false,
      })
  return {
    ...settings,
    unheeded: findUnheeded(config).map(field => `${field} (${titleFor(sources, field)})`),
    assumptions: [...assumptions, ...assumeRevision(found)],
    problems,
  }
}

const NOTHING = 'nothing names it'

const given = ({
  rootNamespace,
  trustDomain,
  outboundTrafficPolicy,
}: MeshOptions): Partial<MeshSettings> => ({
  ...(rootNamespace === undefined ? {} : { rootNamespace }),
  ...(trustDomain === undefined ? {} : { trustDomain }),
  ...(outboundTrafficPolicy === undefined ? {} : { outboundTrafficPolicy }),
})

/** Field by field, the strongest source first; the namespace of the installation is the root namespace by default. */
function mergeConfigs(sources: readonly MeshConfigSource[]): Fields {
  let merged: Fields = {}
  for (const { config, values } of sources.toReversed()) {
    const namespace = textOf(fieldsOf(values['global'])['istioNamespace'])
    merged = {
      ...merged,
      ...(namespace === undefined ? {} : { rootNamespace: namespace }),
      ...fieldsOf(values['meshConfig']),
      ...config,
    }
  }
  return merged
}

const titleFor = (sources: readonly MeshConfigSource[], field: string): string => {
  const [, name = ''] = field.split('.')
  return sources.find(({ config }) => config[name] !== undefined)?.title ?? 'the values of the installation'
}

/** Where several revisions have settings that differ, whose were taken. */
function assumeRevision(found: readonly MeshConfigSource[]): readonly Assumption[] {
  const [first, ...others] = found.filter(
    ({ title }) => title.startsWith('ConfigMap') && !title.includes('/values'),
  )
  const differing = others.filter(
    ({ config }) => first !== undefined && Object.keys(config).length > 0 && !isAlike(config, first.config),
  )
  return first === undefined || differing.length === 0
    ? []
    : [
        {
          setting: 'meshConfig',
          value: first.title,
          reason: `${differing.map(({ title }) => title).join(' and ')} ${differing.length === 1 ? 'differs' : 'differ'}`,
          isGuess: true,
        },
      ]
}

/** Whether two revisions decide alike. */
const isAlike = (one: Fields, other: Fields): boolean =>
  JSON.stringify(readMeshConfig(one)) === JSON.stringify(readMeshConfig(other))
