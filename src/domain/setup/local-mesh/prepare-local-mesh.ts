import { readClusterName } from '../clusters/kind-config.ts'
import { planCluster } from '../clusters/plan-cluster.ts'
import { ProblemError } from '../../problem.ts'
import { resolveVersions, type VersionResolution } from '../versions/resolve-versions.ts'
import type { ClusterProvider, MeshName, VersionWishes } from '../versions/version-set.ts'
import { GATEWAY_API_PINS } from './gateway-api-pins.ts'
import {
  LOCAL_MESH_PROFILES,
  type HostPorts,
  type LocalMeshInput,
  type LocalMeshProfile,
  type LocalMeshTarget,
} from './local-mesh-input.ts'

/** What somebody wants; the versions are not among it. */
export interface LocalMeshWishes {
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
export const USUAL_LOCAL_MESH: LocalMeshWishes = {
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

type VersionQuestion = Pick<LocalMeshWishes, 'provider' | 'mesh' | 'toolVersion' | 'gatewayApiFile'>

/**
 * The versions of a local mesh. The Gateway API is the newest that fits and whose checksum we know; what newer ones add
 * (TCPRoute) the demo app does not use.
 */
export function resolveLocalMesh(wishes: VersionQuestion): VersionResolution {
  const { provider, mesh, toolVersion, gatewayApiFile } = wishes
  const tool = toolVersion === undefined ? {} : { [provider]: toolVersion }
  const asked: VersionWishes = { provider, meshes: [mesh], ...(provider === 'existing' ? {} : tool) }
  const newest = resolveVersions(asked)
  const chosen = newest.set.gatewayApi
  if (chosen === undefined || gatewayApiFile !== undefined || GATEWAY_API_PINS[chosen] !== undefined)
    return newest
  const pinned = Object.keys(GATEWAY_API_PINS).map(gatewayApi => resolveVersions({ ...asked, gatewayApi }))
  return pinned.find(({ conflicts }) => conflicts.every(({ severity }) => severity !== 'error')) ?? newest
}

/** Wishes as input: the versions are those that fit the mesh and the tool that is here. */
export function prepareLocalMesh(wishes: LocalMeshWishes): LocalMeshInput {
  const { mesh, gatewayApiFile, readyWithin } = wishes
  const { set } = resolveLocalMesh(wishes)
  return {
    target: prepareTarget(wishes, set),
    mesh,
    profile: readProfile(wishes.profile),
    gatewayApi: set.gatewayApi ?? Object.keys(GATEWAY_API_PINS)[0] ?? '',
    readyWithin,
    ...(gatewayApiFile === undefined ? {} : { gatewayApiFile }),
  }
}

function prepareTarget(wishes: LocalMeshWishes, { kubernetes }: VersionResolution['set']): LocalMeshTarget {
  const { provider, context, mesh, workers, cpus, memory, ports, toolVersion } = wishes
  if (provider !== 'existing') {
    const name = readClusterName(wishes.name)
    const cluster = { provider, name, workers, meshes: [mesh], cpus, memory, ports }
    const config =
      wishes.config ??
      planCluster({ ...cluster, ...(kubernetes === undefined ? {} : { kubernetes }) }, toolVersion).config
    return { kind: provider, name, ports, config }
  }
  if (context !== '') return { kind: 'existing', context }
  throw new ProblemError({
    code: 'bad-input',
    message: 'The set-up does not know which context to use',
    hint: 'Name one of your kubeconfig.',
  })
}

function readProfile(wish = 'demo'): LocalMeshProfile {
  const profile = LOCAL_MESH_PROFILES.find(each => each === wish)
  if (profile) return profile
  throw new ProblemError({
    code: 'bad-input',
    message:
      wish === 'empty'
        ? 'The profile empty installs no control plane, so there would be no mesh'
        : `There is no profile ${JSON.stringify(wish)}`,
    hint: `Take one of ${LOCAL_MESH_PROFILES.join(', ')}.`,
  })
}
