import type { MeshName } from '../versions/version-set.ts'

/** Profiles of Istio that have a control plane; `empty` installs nothing. */
export const LOCAL_MESH_PROFILES = ['demo', 'default', 'minimal', 'ambient', 'preview'] as const
export type LocalMeshProfile = (typeof LOCAL_MESH_PROFILES)[number]

/** Ports of this machine that are mapped to the ingress. */
export interface HostPorts {
  readonly http: number
  readonly https: number
}

/** Where the mesh goes. */
export type LocalMeshTarget =
  | {
      readonly kind: 'kind' | 'minikube'
      readonly name: string
      /** The cluster's configuration, as the user left it. */
      readonly config: string
      readonly ports: HostPorts
    }
  | { readonly kind: 'existing'; readonly context: string }

/** All that a local mesh is made from; kept with the task. */
export interface LocalMeshInput {
  readonly target: LocalMeshTarget
  readonly mesh: MeshName
  readonly profile: LocalMeshProfile
  readonly gatewayApi: string
  /** A file of the Gateway API's CRDs instead of the download. */
  readonly gatewayApiFile?: string
  /** How long pods may take to get ready, in seconds. */
  readonly readyWithin: number
}

/** The context that the mesh is in, once it is there. */
export function contextOfTarget(target: LocalMeshTarget): string {
  switch (target.kind) {
    case 'kind':
      return `kind-${target.name}`
    case 'minikube':
      return target.name
    case 'existing':
      return target.context
  }
}
