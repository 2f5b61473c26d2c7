import type { Source } from './fact.ts'
import type { GatewayApiRelease } from './gateway-api-releases.ts'
import type { IstioRelease } from './istio-releases.ts'
import type { KindRelease } from './kind-releases.ts'
import type { LinkerdRelease } from './linkerd-releases.ts'
import type { MinikubeRelease } from './minikube-releases.ts'

export type MeshName = 'istio' | 'linkerd'

/** Where the cluster comes from; an existing one has the Kubernetes it has. */
export type ClusterProvider = 'kind' | 'minikube' | 'existing'

/** What somebody wants; what is not named is chosen. */
export interface VersionOptions {
  readonly provider: ClusterProvider
  readonly meshes: readonly MeshName[]
  /** A version or a minor version: `1.35`. For an existing cluster the one it has. */
  readonly kubernetes?: string
  readonly istio?: string
  readonly linkerd?: string
  readonly gatewayApi?: string
  readonly kind?: string
  readonly minikube?: string
  /** Kinds of the Gateway API that will be used: `TCPRoute`. */
  readonly routeKinds?: readonly string[]
  /** ISO date; releases that have ended by then are named. */
  readonly today?: string
}

/** Something wrong or doubtful about a set of versions, in one sentence. */
export interface VersionConflict {
  readonly code:
    | 'kubernetes-too-new'
    | 'kubernetes-too-old'
    | 'kubernetes-unconfirmed'
    | 'gateway-api-too-old'
    | 'gateway-api-too-new'
    | 'both-meshes'
    | 'end-of-life'
    | 'no-node-image'
    | 'unknown-version'
  /** `error`: outside of what a project supports. `warning`: works with care. `info`: good to know. */
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly hint: string
  readonly sources: readonly Source[]
}

/** Releases that are compared together. A requested release that we do not know is treated as its nearest known line. */
export interface Candidate {
  readonly kubernetes?: string
  readonly istio?: IstioRelease
  readonly linkerd?: LinkerdRelease
  readonly gatewayApi?: GatewayApiRelease
  readonly kind?: KindRelease
  readonly minikube?: MinikubeRelease
}

/** The versions to install, as texts; `nodeImage` with its digest. */
export interface VersionSet {
  readonly kubernetes?: string
  readonly istio?: string
  readonly linkerd?: string
  readonly gatewayApi?: string
  readonly kind?: string
  readonly nodeImage?: string
  readonly minikube?: string
}
