import { readClusterName } from '../clusters/kind-config.ts'
import { planCluster } from '../clusters/plan-cluster.ts'
import { ProblemError } from '../../problem.ts'
import { resolveVersions, type VersionResolution } from '../versions/resolve-versions.ts'
import type { ClusterProvider, MeshName, VersionOptions } from '../versions/version-set.ts'
import { GATEWAY_API_PINS } from './gateway-api-pins.ts'
import {
  LOCAL_MESH_PROFILES,
  type HostPorts,
  type LocalMeshInput,
  type LocalMeshProfile,
  type LocalMeshTarget,
} from './local-mesh-input.ts'

/** What somebody wants; the versions are not among it. */
export interface LocalMeshOptions {
  readonly provider: ClusterProvider
  /** Of the new cluster. */
  readonly name: string
  /** The existing context. */
  readonly context: string
  readonly mesh: MeshName
  readonly profile?: string
  readonly workers: number
  readonly cpus: number
  /** In gigabytes. */
  readonly memory: number
  readonly ports: HostPorts
  /** kind's configuration instead of ours. */
  readonly config?: string
  /** The version of the kind or minikube that is here. */
  readonly toolVersion?: string
  readonly gatewayApiFile?: string
  readonly readyWithin: number
}

/** What a local mesh is when nothing else is said. */
export const DEFAULT_LOCAL_MESH: LocalMeshOptions = {
  provider: 'kind',
  name: 'mesh',
  context: '',
  mesh: 'istio',
  workers: 0,
  cpus: 4,
  memory: 6,
  ports: { http: 80, https: 443 },
  readyWithin: 300,
}

type VersionQuestion = Pick<LocalMeshOptions, 'provider' | 'mesh' | 'toolVersion' | 'gatewayApiFile'>

/**
 * The versions of a local mesh. The Gateway API is the newest that fits and whose checksum we know; what newer ones add
 * (TCPRoute) the demo app does not use.
 */
export function resolveLocalMesh(options: VersionQuestion): VersionResolution {
  const { provider, mesh, toolVersion, gatewayApiFile } = options
  const tool = toolVersion === undefined ? {} : { [provider]: toolVersion }
  const asked: VersionOptions = { provider, meshes: [mesh], ...(provider === 'existing' ? {} : tool) }
  const newest = resolveVersions(asked)
  const chosen = newest.set.gatewayApi
  if (chosen === undefined || gatewayApiFile !== undefined || GATEWAY_API_PINS[chosen] !== undefined)
    return newest
  const pinned = Object.keys(GATEWAY_API_PINS).map(gatewayApi => resolveVersions({ ...asked, gatewayApi }))
  return pinned.find(({ conflicts }) => conflicts.every(({ severity }) => severity !== 'error')) ?? newest
}

/** Wishes as input: the versions are those that fit the mesh and the tool that is here. */
export function prepareLocalMesh(options: LocalMeshOptions): LocalMeshInput {
  const { mesh, gatewayApiFile, readyWithin } = options
  const { set } = resolveLocalMesh(options)
  return {
    target: prepareTarget(options, set),
    mesh,
    profile: readProfile(options.profile),
    gatewayApi: set.gatewayApi ?? Object.keys(GATEWAY_API_PINS)[0] ?? '',
    readyWithin,
    ...(gatewayApiFile === undefined ? {} : { gatewayApiFile }),
  }
}

function prepareTarget(options: LocalMeshOptions, { kubernetes }: VersionResolution['set']): LocalMeshTarget {
  const { provider, context, mesh, workers, cpus, memory, ports, toolVersion } = options
  if (provider !== 'existing') {
    const name = readClusterName(options.name)
    const cluster = { provider, name, workers, meshes: [mesh], cpus, memory, ports }
    const config =
      options.config ??
      planCluster({ ...cluster, ...(kubernetes === undefined ? {} : { kubernetes }) }, toolVersion).config
    return { kind: provider, name, ports, config }
  }
  if (context !== '') return { kind: 'existing', context }
  throw new ProblemError({
    code: 'bad-input',
    message: 'No context was given',
    hint: 'Name one of your kubeconfig.',
  })
}

function readProfile(requested = 'demo'): LocalMeshProfile {
  const profile = LOCAL_MESH_PROFILES.find(each => each === requested)
  if (profile) return profile
  throw new ProblemError({
    code: 'bad-input',
    message:
      requested === 'empty'
        ? 'The profile empty installs no control plane, so there would be no mesh'
        : `There is no profile ${JSON.stringify(requested)}`,
    hint: `Take one of ${LOCAL_MESH_PROFILES.join(', ')}.`,
  })
}
