import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { groupOf } from '../../kubernetes/kubernetes-object.ts'
import {
  validateDestinationRule,
  validateGateway,
  validateServiceEntry,
  validateSidecar,
} from './validate-hosts.ts'
import { validateVirtualService } from './validate-virtual-service.ts'
import { validateAuthorizationPolicy, validatePeerAuthentication } from './validate-security.ts'

/** One field for which istiod's webhook rejects an object. */
export interface ValidationError {
  readonly object: KubernetesObject
  /** The field: `spec.http[0].route`. */
  readonly path: string
  /** One sentence in words. */
  readonly message: string
}

/** Collects what is wrong with one object. */
export type Report = (path: string, message: string) => void

const checks: Readonly<Record<string, (object: KubernetesObject, report: Report) => void>> = {
  VirtualService: validateVirtualService,
  Gateway: validateGateway,
  DestinationRule: validateDestinationRule,
  ServiceEntry: validateServiceEntry,
  Sidecar: validateSidecar,
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
 * What istiod's webhook rejects objects for, so that a cluster never holds them: the rules of
 * `ValidateVirtualService` and its like in istio's pkg/config/validation/validation.go. Warnings are no errors.
 */
export function validateObjects(objects: readonly KubernetesObject[]): readonly ValidationError[] {
  return objects.flatMap(object => {
    const found: ValidationError[] = []
    checksOfGroup[groupOf(object.apiVersion)]?.[object.kind]?.(object, (path, message) =>
      found.push({ object, path, message }),
    )
    return found
  })
}
