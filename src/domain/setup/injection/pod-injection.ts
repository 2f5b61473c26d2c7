import type { ProxySkew } from './proxy-skew.ts'
import type { PodProxy } from './pod-proxy.ts'
import type { NotInjectedCode } from './decide-injection.ts'
import type { WorkloadName } from './workload-of.ts'

export type InjectionReason =
  | NotInjectedCode
  | 'injected'
  | 'own-proxy'
  | 'redirected'
  | 'created-before'
  | 'not-redirected'
  | 'finished'
  | 'control-plane'

/** What mends it. */
export type InjectionFix = 'turn-on-namespace' | 'include-workload' | 'restart'

/** Whether a pod is in a mesh, and why or why not. */
export interface PodInjection {
  readonly namespace: string
  readonly name: string
  readonly workload: WorkloadName
  /** `exempt`: nothing that belongs into a mesh. */
  readonly state: 'in' | 'out' | 'exempt'
  readonly reason: InjectionReason
  readonly message: string
  readonly hint?: string
  readonly fix?: InjectionFix
  readonly proxy?: PodProxy
  readonly skew?: ProxySkew
  /** What a restart would do: bring a proxy, take it away, or update it. */
  readonly restart?: 'gains' | 'loses' | 'updates'
}
