import type { Mesh } from '../istio/mesh.ts'
import type { ObjectReference } from '../routing/decision.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'

export type Severity = 'error' | 'warning' | 'info'

/** Something that is wrong, or will surprise, in an object as it lies among the others. */
export interface Finding {
  /** Istio's where `istioctl analyze` has the rule, Kiali's where only Kiali has it, else `MWB…`. */
  readonly code: string
  readonly severity: Severity
  readonly object: KubernetesObject
  /** The field: `spec.http[0].route[0].destination.host`. */
  readonly path: string
  /** One sentence. */
  readonly message: string
  /** Another object that is part of it. */
  readonly related?: ObjectReference
}

/** What the checks look at: all objects of a cluster, with the drafts laid over them. */
export interface CheckContext {
  readonly objects: readonly KubernetesObject[]
  readonly mesh: Mesh
  /** Whether the objects are all of a cluster, so that what is not among them is not there. */
  readonly isWholeCluster: boolean
}

/** One rule; it reports nothing where the objects do not tell. */
export type Check = (context: CheckContext) => readonly Finding[]
