import { describeConflict } from '../versions/describe-versions.ts'
import { resolveVersions } from '../versions/resolve-versions.ts'
import type { MeshName } from '../versions/version-set.ts'
import { describeIngress } from './describe-ingress.ts'
import { INGRESS_NODE_PORTS, readClusterName, writeKindConfig } from './kind-config.ts'
import type { LocalProviderName } from './local-cluster.ts'
import { readKindConfig } from './read-kind-config.ts'
import { readExposedPort } from './read-minikube-profiles.ts'
import { minikubeStartArguments, readMinikubeOptions, writeMinikubeOptions } from './minikube-options.ts'

/** What somebody wants of a local cluster. */
export interface ClusterOptions {
  readonly provider: LocalProviderName
  readonly name: string
  readonly workers: number
  /** The meshes that it shall fit; none for a plain cluster. */
  readonly meshes: readonly MeshName[]
  /** A Kubernetes of the user's choice: `1.35` or `1.35.8`. */
  readonly kubernetes?: string
  /** A kind node image of the user's choice. */
  readonly nodeImage?: string
  /** Ports of this machine for the gateway; absent where none shall be opened. */
  readonly ports?: { readonly http: number; readonly https: number }
  /** minikube only. */
  readonly cpus?: number
  readonly memory?: number
  readonly driver?: string
}

/** What would be made, and why so. */
export interface ClusterPlan {
  /** To be edited and given to `cluster-create`. */
  readonly config: string
  /** As somebody would type it. */
  readonly command: string
  readonly kubernetes?: string
  readonly nodeImage?: string
  /** Why this Kubernetes, a sentence each. */
  readonly reasons: readonly string[]
  readonly conflicts: readonly { readonly severity: 'error' | 'warning' | 'info'; readonly message: string }[]
  readonly ingress: readonly string[]
}

export const DEFAULT_CPUS = 4
export const DEFAULT_MEMORY = 6

/** `toolVersion`: of the kind or minikube that is here; the newest known one is thought of where there is none. */
export function planCluster(options: ClusterOptions, toolVersion: string | undefined): ClusterPlan {
  const { provider, workers, meshes, kubernetes, driver = 'docker' } = options
  const name = readClusterName(options.name)
  const resolution = resolveVersions({
    provider,
    meshes,
    ...(kubernetes === undefined || kubernetes === '' ? {} : { kubernetes }),
    ...(toolVersion === undefined ? {} : { [provider]: toolVersion }),
  })
  const { set, conflicts, avoided } = resolution
  const ports = options.ports
    ? [
        { host: options.ports.http, node: INGRESS_NODE_PORTS.http },
        { host: options.ports.https, node: INGRESS_NODE_PORTS.https },
      ]
    : []
  const nodeImage =
    options.nodeImage === undefined || options.nodeImage === '' ? set.nodeImage : options.nodeImage
  const common = {
    reasons: explainChoice(
      options,
      set.kubernetes,
      nodeImage,
      toolVersion,
      avoided.map(({ message }) => message),
    ),
    conflicts: conflicts.map(conflict => ({
      severity: conflict.severity,
      message: describeConflict(conflict).replace(/^\s*\w+: /, ''),
    })),
    ingress: describeIngress(provider, ports, driver),
    ...(set.kubernetes === undefined ? {} : { kubernetes: set.kubernetes }),
  }
  if (provider === 'kind')
    return {
      ...common,
      config: writeKindConfig({ name, ports, workers, ...(nodeImage === undefined ? {} : { nodeImage }) }),
      command: clusterCommand('kind', name, ''),
      ...(nodeImage === undefined ? {} : { nodeImage }),
    }
  const config = writeMinikubeOptions({
    driver,
    kubernetes: set.kubernetes ?? '1.35.8',
    cpus: options.cpus ?? DEFAULT_CPUS,
    memory: options.memory ?? DEFAULT_MEMORY,
    workers,
    ports: driver === 'docker' || driver === 'podman' ? ports : [],
  })
  return {
    ...common,
    config,
    command: clusterCommand('minikube', name, config),
  }
}

/** The arguments that make a kind cluster of a configuration on standard input. */
export const kindCreateArguments = (name: string): readonly string[] => [
  'create',
  'cluster',
  '--name',
  readClusterName(name),
  '--config',
  '-',
  // How long kind waits for the nodes; the process gets some more for the image.
  '--wait',
  '3m',
]

/** The command that makes a cluster of this configuration, as somebody would type it; its problem where it cannot. */
export const clusterCommand = (provider: LocalProviderName, name: string, config: string): string =>
  provider === 'kind'
    ? commandOf('kind', kindCreateArguments(name))
    : commandOf('minikube', minikubeStartArguments(readClusterName(name), readMinikubeOptions(config)))

/** The ports of this machine that a configuration opens; a problem where it cannot be read. */
export function hostPortsOf(provider: LocalProviderName, config: string): readonly number[] {
  if (provider === 'kind') return readKindConfig(config).ports.map(({ host }) => host)
  return (readMinikubeOptions(config).get('ports') ?? []).flatMap(text => readExposedPort(text)?.host ?? [])
}

const commandOf = (program: string, args: readonly string[]): string => [program, ...args].join(' ')

function explainChoice(
  { provider, meshes, nodeImage, kubernetes }: ClusterOptions,
  chosen: string | undefined,
  image: string | undefined,
  toolVersion: string | undefined,
  avoided: readonly string[],
): readonly string[] {
  const tool = `${provider}${toolVersion === undefined ? '' : ` ${toolVersion}`}`
  const requested = [nodeImage, kubernetes].some(text => text !== undefined && text !== '')
  const names = meshes.map(mesh => (mesh === 'istio' ? 'Istio' : 'Linkerd')).join(' and ')
  if (requested)
    return [`${nodeImage ?? image ?? `Kubernetes ${chosen ?? kubernetes ?? ''}`} is your own choice.`]
  if (chosen === undefined)
    return [`${tool} starts what it starts by itself: nothing is known about it here.`]
  const fit =
    names === ''
      ? `Kubernetes ${chosen} is the newest that ${tool} is known to start.`
      : `Kubernetes ${chosen} is the newest of ${tool} that ${names} ${meshes.length > 1 ? 'support' : 'supports'}.`
  return [fit, ...avoided.map(text => `${text}.`)]
}
