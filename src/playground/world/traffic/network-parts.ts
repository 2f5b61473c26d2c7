import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { ConnectionRecord } from '../telemetry/connection-record.ts'
import type { ProxyRecord } from '../telemetry/proxy-record.ts'
import type { Say } from './application.ts'
import type { CircuitBreakers } from './circuit-breaker.ts'
import type { Instance, Instances } from './instance.ts'

/** What requests are carried with, and who hears of them. */
export interface NetworkParts {
  /** The mesh as its objects say it now. */
  readonly mesh: () => Mesh
  /** The objects that it is made of, for what Linkerd's proxies decide. */
  readonly objects: () => readonly KubernetesObject[]
  readonly instances: Instances
  readonly breakers: CircuitBreakers
  readonly random: () => number
  /** Hears what each proxy saw of each request. */
  readonly report: (record: ProxyRecord) => void
  /** Hears of the connections whose requests no proxy reads. */
  readonly reportConnection: (record: ConnectionRecord) => void
  /** Hears what each application writes. */
  readonly say: Say
  /** Whether a proxy that is the first of a trace keeps it. */
  readonly samples: (proxy: Instance) => boolean
}
