import {
  INGRESS_NODE_PORTS,
  readClusterName,
  writeKindConfig,
} from '../../domain/local-clusters/kind-config.ts'
import { ProblemError } from '../../domain/problem.ts'
import { resolveVersions } from '../../domain/versions/resolve-versions.ts'
import type { MeshName } from '../../domain/versions/version-set.ts'
import { ISTIO_PROFILES, type IstioProfile } from '../../domain/istio-installation/istio-options.ts'
import type { Json } from '../tasks/task.ts'

/** All that a local mesh is made from; kept with the task. */
export interface LocalMeshInput {
  readonly name: string
  readonly mesh: MeshName
  readonly profile: IstioProfile
  /** kind's configuration, as the user left it. */
  readonly config: string
  readonly ports: { readonly http: number; readonly https: number }
  readonly gatewayApi: string
  /** A file of the Gateway API's CRDs instead of the download. */
  readonly gatewayApiFile?: string
}

export interface LocalMeshWishes {
  readonly name: string
  readonly mesh: MeshName
  readonly profile?: string
  readonly kind?: string
  readonly config?: string
  readonly ports: LocalMeshInput['ports']
  readonly workers: number
  readonly gatewayApiFile?: string
}

/** Wishes as input: the node image and the Gateway API are those that fit the mesh and the kind that is here. */
export function prepareLocalMesh(wishes: LocalMeshWishes): LocalMeshInput {
  const { mesh, ports, workers, kind, gatewayApiFile } = wishes
  const name = readClusterName(wishes.name)
  const profile = ISTIO_PROFILES.find(each => each === (wishes.profile ?? 'demo'))
  if (!profile)
    throw new ProblemError({
      code: 'bad-input',
      message: `There is no profile ${JSON.stringify(wishes.profile)}`,
      hint: `Take one of ${ISTIO_PROFILES.join(', ')}.`,
    })
  const { set } = resolveVersions({
    provider: 'kind',
    meshes: [mesh],
    ...(kind === undefined ? {} : { kind }),
  })
  const nodePorts = [
    { host: ports.http, node: INGRESS_NODE_PORTS.http },
    { host: ports.https, node: INGRESS_NODE_PORTS.https },
  ]
  const { nodeImage, gatewayApi = '1.5.1' } = set
  const settings = { name, ports: nodePorts, workers, ...(nodeImage === undefined ? {} : { nodeImage }) }
  return {
    name,
    mesh,
    profile,
    ports,
    config: wishes.config ?? writeKindConfig(settings),
    gatewayApi,
    ...(gatewayApiFile === undefined ? {} : { gatewayApiFile }),
  }
}

/** What `LocalMeshInput` became on the disk. */
export function readLocalMeshInput(input: Json): LocalMeshInput {
  const { name, mesh, profile, config, ports, gatewayApi } = (input ?? {}) as Partial<LocalMeshInput>
  if (name !== undefined && mesh !== undefined && profile && config !== undefined && ports && gatewayApi)
    return input as unknown as LocalMeshInput
  throw new ProblemError({ code: 'bad-input', message: 'The task does not say what to set up' })
}

/** The options of istioctl: the profile, an ingress at the node's ports, and traces to our Jaeger. */
export function writeIstioOptions({ profile }: Pick<LocalMeshInput, 'profile'>): string {
  const hasIngress = profile !== 'empty'
  return JSON.stringify({
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    spec: {
      profile,
      meshConfig: {
        enableTracing: true,
        extensionProviders: [
          { name: 'jaeger', opentelemetry: { service: 'jaeger.mesh-addons.svc.cluster.local', port: 4317 } },
        ],
      },
      ...(hasIngress
        ? {
            components: {
              ingressGateways: [
                {
                  name: 'istio-ingressgateway',
                  enabled: true,
                  k8s: {
                    service: {
                      type: 'NodePort',
                      ports: [
                        { name: 'status-port', port: 15021, targetPort: 15021 },
                        { name: 'http2', port: 80, targetPort: 8080, nodePort: INGRESS_NODE_PORTS.http },
                        { name: 'https', port: 443, targetPort: 8443, nodePort: INGRESS_NODE_PORTS.https },
                      ],
                    },
                  },
                },
              ],
            },
          }
        : {}),
    },
  })
}
