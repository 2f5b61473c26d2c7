import type { Fields } from '../fields/read-fields.ts'
import {
  compact,
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textOf,
  textsOf,
} from '../fields/read-fields.ts'
import type { MeshSettings, PathNormalization } from './mesh-settings.ts'
import { MESH_CONFIG_FIELDS, PROXY_CONFIG_FIELDS } from './mesh-config-fields.ts'

type ReadSettings = Omit<MeshSettings, 'clusterDomain' | 'assumptions' | 'problems' | 'unheeded'>

/** The fields of a MeshConfig that decisions follow; what it leaves out has istiod's own default. */
export function readMeshConfig(config: Fields): ReadSettings {
  const retries = optionalFields(config['defaultHttpRetryPolicy'])
  return compact({
    rootNamespace: textOf(config['rootNamespace']) ?? 'istio-system',
    trustDomain: textOf(config['trustDomain']) ?? 'cluster.local',
    trustDomainAliases: textsOf(config['trustDomainAliases']),
    outboundTrafficPolicy: readOutboundMode(config),
    isAutoMtlsEnabled: config['enableAutoMtls'] !== false,
    pathNormalization: readNormalization(fieldsOf(config['pathNormalization'])['normalization']),
    defaultExportTo: {
      service: readDefaultExport(config['defaultServiceExportTo']),
      virtualService: readDefaultExport(config['defaultVirtualServiceExportTo']),
      destinationRule: textsOf(config['defaultDestinationRuleExportTo']).includes('.') ? ['.'] : [],
    },
    defaultRetries:
      retries &&
      compact({
        attempts: numberOf(retries['attempts']),
        perTryTimeout: textOf(retries['perTryTimeout']),
        retryOn: textOf(retries['retryOn']),
      }),
    discoverySelectors: listOf(config['discoverySelectors']).map(fieldsOf),
    ingress: {
      controllerMode: readControllerMode(config['ingressControllerMode']),
      className: textOf(config['ingressClass']) ?? 'istio',
      service: textOf(config['ingressService']) ?? 'istio-ingressgateway',
      selector: textOf(config['ingressSelector']) ?? '',
    },
  })
}

/** A policy that says nothing is REGISTRY_ONLY, the first value of the enumeration; no policy is ALLOW_ANY. */
function readOutboundMode(config: Fields): 'ALLOW_ANY' | 'REGISTRY_ONLY' {
  const policy = optionalFields(config['outboundTrafficPolicy'])
  if (policy === undefined) return 'ALLOW_ANY'
  const { mode } = policy
  return mode === 'ALLOW_ANY' || mode === 1 ? 'ALLOW_ANY' : 'REGISTRY_ONLY'
}

const NORMALIZATIONS: readonly PathNormalization[] = [
  'NONE',
  'BASE',
  'MERGE_SLASHES',
  'DECODE_AND_MERGE_SLASHES',
]

const readNormalization = (value: unknown): PathNormalization =>
  NORMALIZATIONS.find(item => item === value) ?? 'BASE'

const readControllerMode = (value: unknown): 'OFF' | 'DEFAULT' | 'STRICT' =>
  value === 'OFF' || value === 'DEFAULT' ? value : 'STRICT'

/**
 * Empty for everyone. For DestinationRules istiod honours `.` alone, in all others namespaces and `~` too.
 * Source: `initServiceRegistry`, `initVirtualServices` and `setDestinationRules` in istio's pilot/pkg/model/push_context.go.
 */
function readDefaultExport(value: unknown): readonly string[] {
  const written = textsOf(value)
  return written.includes('*') ? [] : written
}

/** The fields of a MeshConfig that are set, may change what becomes of a request, and are not obeyed. */
export const findUnheeded = (config: Fields): readonly string[] => [
  ...Object.keys(config)
    .filter(name => MESH_CONFIG_FIELDS[name] === 'reported' && isUsed(name, config[name]))
    .map(name => `meshConfig.${name}`),
  ...Object.entries(fieldsOf(config['defaultConfig']))
    .filter(([name, value]) => PROXY_CONFIG_FIELDS[name] === 'reported' && isUsed(name, value))
    .map(([name]) => `meshConfig.defaultConfig.${name}`),
]

/** Whether a field says anything else than Istio's default. */
function isUsed(name: string, value: unknown): boolean {
  if (name === 'configSources')
    return listOf(value).some(item => textOf(fieldsOf(item)['address'])?.startsWith('k8s://') === false)
  const { enabled, ...rest } = fieldsOf(value)
  return enabled !== false && Object.keys(rest).length > 0
}
