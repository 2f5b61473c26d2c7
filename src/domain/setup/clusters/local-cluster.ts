import type { Problem } from '../../problem.ts'

export const LOCAL_PROVIDERS = ['kind', 'minikube'] as const
export type LocalProviderName = (typeof LOCAL_PROVIDERS)[number]

/** A port of this machine that is mapped to a port of a cluster's node. */
export interface PortMapping {
  readonly host: number
  readonly node: number
}

/** `partly`: some of its nodes run, or it is paused; `unknown`: nobody here can tell. */
export type LocalClusterState = 'running' | 'stopped' | 'partly' | 'unknown'

/** A cluster on this machine, as its tool and its engine tell. */
export interface LocalCluster {
  readonly provider: LocalProviderName
  readonly name: string
  /** Its context in the kubeconfig. */
  readonly context: string
  readonly state: LocalClusterState
  readonly kubernetes?: string
  readonly nodes?: number
  /** docker, podman or another driver of minikube. */
  readonly engine?: string
  readonly ports: readonly PortMapping[]
  /** Why it cannot be used though it is there. */
  readonly problem?: Problem
}

/**
 * The context that the tool writes. Sources: kind, pkg/cluster/internal/kubeconfig/internal/kubeconfig/helpers.go;
 * minikube, pkg/minikube/kubeconfig (the profile's name)
 */
export const contextOf = (provider: LocalProviderName, name: string): string =>
  provider === 'kind' ? `kind-${name}` : name
