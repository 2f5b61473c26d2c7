import type { VersionResolution } from '../versions/resolve-versions.ts'
import { GATEWAY_API_PINS } from './gateway-api-pins.ts'
import { nameOfMesh } from '../steps/mesh-name.ts'
import { resolveLocalMesh, type LocalMeshOptions } from './prepare-local-mesh.ts'

/** What the setup of a local mesh will do, in words, before it begins. */
export interface LocalMeshPlan {
  /** A sentence for each thing that is made, in order. */
  readonly steps: readonly string[]
  readonly versions: readonly { readonly name: string; readonly version: string }[]
  /** Why these versions, and what to know of them. */
  readonly reasons: readonly string[]
  readonly downloads: readonly string[]
  readonly time: string
}

/** Tools by name, with the version that is here; absent where it is not. */
export type ToolsHere = Readonly<Partial<Record<'kind' | 'minikube' | 'istioctl' | 'linkerd', string>>>

/** The plan for some options. */
export function describeLocalMesh(options: LocalMeshOptions, here: ToolsHere): LocalMeshPlan {
  const resolution = resolveLocalMesh(options)
  const { provider } = options
  return {
    steps: describeSteps(options),
    versions: listVersions(resolution.set),
    reasons: explainVersions(options, resolution),
    downloads: listDownloads(options, resolution, here),
    time:
      provider === 'existing'
        ? 'Seconds where the mesh and the images are there, else some minutes.'
        : 'Some minutes the first time, mostly for images; less than two when they are there.',
  }
}

function describeSteps(options: LocalMeshOptions): readonly string[] {
  const { provider, name, context, mesh, ports, workers } = options
  const meshName = nameOfMesh(mesh)
  const isExisting = provider === 'existing'
  const nodes = workers === 0 ? 'one node' : `${workers + 1} nodes`
  return [
    isExisting
      ? `The cluster of ${context || 'a context'} is checked: that it answers, what you may do there, which mesh it has.`
      : `This machine is checked, then ${provider} makes the cluster ${name} with ${nodes}. A copy of the kubeconfig is kept.`,
    `The CRDs of the Gateway API and ${meshName} are installed${isExisting ? ' where they are missing; what is installed is kept' : ''}.`,
    `Prometheus and Jaeger go into the namespace mesh-addons${isExisting ? ', unless the mesh was there before' : ''}.`,
    'The demo app (web page, .NET, Node.js in two versions, a generator of traffic) goes into the namespace shop, which is in the mesh.',
    isExisting
      ? 'The app is reached by the gateway’s address, or by a forward where that does not answer from here.'
      : `Port ${ports.http} of this machine opens the app; forwards open Prometheus and Jaeger.`,
  ]
}

const listVersions = (set: VersionResolution['set']): LocalMeshPlan['versions'] =>
  [
    { name: 'Kubernetes', version: set.kubernetes },
    { name: 'Istio', version: set.istio },
    { name: 'Linkerd', version: set.linkerd },
    { name: 'Gateway API', version: set.gatewayApi },
    { name: 'kind', version: set.kind },
    { name: 'minikube', version: set.minikube },
  ].flatMap(({ name, version }) => (version === undefined ? [] : [{ name, version }]))

function explainVersions(
  { gatewayApiFile }: LocalMeshOptions,
  { set, conflicts, avoided }: VersionResolution,
): readonly string[] {
  const { gatewayApi = '' } = set
  const isPinned = gatewayApiFile === undefined && GATEWAY_API_PINS[gatewayApi] !== undefined
  return [
    ...avoided.map(({ message }) => `${message}.`),
    ...conflicts.map(({ message, hint }) => `${message}. ${hint}`),
    ...(isPinned
      ? [`Gateway API ${gatewayApi} is the newest that fits and whose checksum this release knows.`]
      : []),
  ]
}

function listDownloads(
  { provider, mesh, gatewayApiFile }: LocalMeshOptions,
  { set }: VersionResolution,
  here: ToolsHere,
): readonly string[] {
  const tool = mesh === 'istio' ? 'istioctl' : 'linkerd'
  const wanted = [
    ...(provider === 'existing' ? [] : [{ name: provider, version: set[provider] }]),
    { name: tool, version: set[mesh] },
  ] as const
  return [
    ...wanted
      .filter(({ name }) => here[name] === undefined)
      .map(({ name, version = '' }) =>
        name === 'linkerd'
          ? `linkerd ${version}: its project publishes no checksum, so you confirm the hash under Tools once`
          : `${name} ${version}, verified before it is run${provider === 'existing' ? ', if the cluster has no mesh' : ''}`,
      ),
    ...(gatewayApiFile === undefined
      ? [
          `The CRDs of Gateway API ${set.gatewayApi ?? ''} (1 MB), verified${provider === 'existing' ? ', if it has none' : ''}`,
        ]
      : []),
    provider === 'existing'
      ? 'By the cluster: images that it does not have'
      : 'By the cluster: about 1 GB of images the first time (node, mesh, add-ons, demo app)',
  ]
}
