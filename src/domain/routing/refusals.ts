import type { KubernetesObject } from '../resources/kubernetes-object.ts'
import { groupOf } from '../resources/kubernetes-object.ts'
import { refuseDestinationRule, refuseGateway, refuseServiceEntry, refuseSidecar } from './refuse-hosts.ts'
import { refuseVirtualService } from './refuse-virtual-service.ts'
import { validateAuthorizationPolicy, validatePeerAuthentication } from './validate-security.ts'

/** One thing for which istiod's webhook refuses an object. */
export interface Refusal {
  readonly object: KubernetesObject
  /** The field: `spec.http[0].route`. */
  readonly path: string
  /** One sentence in words. */
  readonly message: string
}

/** Collects what is wrong with one object. */
export type Refuse = (path: string, message: string) => void

const checks: Readonly<Record<string, (object: KubernetesObject, refuse: Refuse) => void>> = {
  VirtualService: refuseVirtualService,
  Gateway: refuseGateway,
  DestinationRule: refuseDestinationRule,
  ServiceEntry: refuseServiceEntry,
  Sidecar: refuseSidecar,
}

const securityChecks: typeof checks = {
  AuthorizationPolicy: validateAuthorizationPolicy,
  PeerAuthentication: validatePeerAuthentication,
}

const checksOfGroup: Readonly<Record<string, typeof checks>> = {
  'networking.istio.io': checks,
  'security.istio.io': securityChecks,
}

/**
 * The objects that istiod's validation refuses, so that a cluster never holds them, and why: the rules of
 * `ValidateVirtualService` and its like in istio's pkg/config/validation/validation.go. Warnings are no refusals.
 */
export function findRefusals(objects: readonly KubernetesObject[]): readonly Refusal[] {
  return objects.flatMap(object => {
    const found: Refusal[] = []
    checksOfGroup[groupOf(object.apiVersion)]?.[object.kind]?.(object, (path, message) =>
      found.push({ object, path, message }),
    )
    return found
  })
}
