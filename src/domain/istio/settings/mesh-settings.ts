import type { Fields } from '../fields/read-fields.ts'
import type { OutboundTrafficPolicy } from '../sidecar.ts'
import type { HttpRetries } from '../virtual-service.ts'

/** How proxies tidy a path before rules and policies see it; `BASE` is Istio's default. */
export type PathNormalization = 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES'

/** What the mesh's own configuration says; all of it has a value. */
export interface MeshSettings {
  /** Where objects for the whole mesh are: `istio-system`. */
  readonly rootNamespace: string
  /** The trust domain of identities: `cluster.local`. */
  readonly trustDomain: string
  readonly trustDomainAliases: readonly string[]
  /** The DNS domain of the cluster: `cluster.local`. */
  readonly clusterDomain: string
  /** What happens to a request for an unknown host. */
  readonly outboundTrafficPolicy: OutboundTrafficPolicy
  readonly isAutoMtlsEnabled: boolean
  readonly pathNormalization: PathNormalization
  /** For objects that name none; empty means everyone. */
  readonly defaultExportTo: {
    readonly service: readonly string[]
    readonly virtualService: readonly string[]
    readonly destinationRule: readonly string[]
  }
  /** What is retried where a rule says nothing; absent for Istio's own default. */
  readonly defaultRetries?: HttpRetries
  /** Label selectors of the namespaces that Istio looks at; empty for all. */
  readonly discoverySelectors: readonly Fields[]
  readonly ingress: IngressSettings
  /** Settings that may change decisions in ways that are not decided here, with where they are. */
  readonly unheeded: readonly string[]
  readonly assumptions: readonly Assumption[]
  /** What cannot be read, in words. */
  readonly problems: readonly string[]
}

/** Which Ingresses istiod serves, and by which proxies. */
export interface IngressSettings {
  readonly controllerMode: 'OFF' | 'DEFAULT' | 'STRICT'
  readonly className: string
  readonly service: string
  /** The `istio` label of the proxies. */
  readonly selector: string
}

/** A setting that nothing names, or that was concluded, and the value that was taken. */
export interface Assumption {
  readonly setting: 'clusterDomain' | 'trustDomain' | 'outboundTrafficPolicy' | 'meshConfig'
  readonly value: string
  /** One clause in words. */
  readonly reason: string
  /** Whether it is worth saying with every decision: a guess rather than a default. */
  readonly isGuess: boolean
}
