import { fieldsOf, textOf } from '../istio/fields/read-fields.ts'
import type { IngressSettings } from '../istio/settings/mesh-settings.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { groupOf } from '../kubernetes/kubernetes-object.ts'

const CONTROLLER = 'istio.io/ingress-controller'
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const GROUP = 'networking.k8s.io'

/** Why istiod does not serve an Ingress: the field that is the cause. */
export interface IngressExclusion {
  /** `spec.ingressClassName`, or the annotation. */
  readonly field: string
  readonly reason: string
  /** Whether the class is nobody's, so that the Ingress may be meant for istiod. */
  readonly isClassMissing?: boolean
}

export const isIngress = ({ apiVersion, kind }: KubernetesObject): boolean =>
  kind === 'Ingress' && groupOf(apiVersion) === GROUP

/** The controllers of the IngressClasses by name. */
export const readIngressClasses = (objects: readonly KubernetesObject[]): ReadonlyMap<string, string> =>
  new Map(
    objects
      .filter(({ apiVersion, kind }) => kind === 'IngressClass' && groupOf(apiVersion) === GROUP)
      .map(({ metadata, spec }) => [metadata.name, textOf(fieldsOf(spec)['controller']) ?? '']),
  )

/**
 * Why istiod does not serve an Ingress, or undefined where it does: its annotation decides, else its IngressClass, else the
 * mesh's configuration, as for a class that there is no IngressClass of (istiod 1.31 serves it where the mode is DEFAULT).
 * Source: `shouldProcessIngressWithClass` in istio's pilot/pkg/config/kube/ingress.
 */
export function explainExclusion(
  { metadata, spec }: KubernetesObject,
  classes: ReadonlyMap<string, string>,
  { controllerMode, className }: IngressSettings,
): IngressExclusion | undefined {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION]
  if (annotation !== undefined) {
    const field = `metadata.annotations["${CLASS_ANNOTATION}"]`
    if (controllerMode === 'OFF') return { field, reason: 'ingressControllerMode of the mesh is OFF' }
    return annotation === className
      ? undefined
      : { field, reason: `the class is "${annotation}", and Istio serves "${className}"` }
  }
  const field = 'spec.ingressClassName'
  const named = textOf(fieldsOf(spec)['ingressClassName'])
  const controller = named === undefined ? undefined : classes.get(named)
  if (named !== undefined && controller !== undefined)
    return controller === CONTROLLER
      ? undefined
      : { field, reason: `IngressClass "${named}" is of controller "${controller}", not ${CONTROLLER}` }
  if (controllerMode === 'DEFAULT') return undefined
  return named === undefined
    ? { field, reason: `it names no class, and ingressControllerMode of the mesh is ${controllerMode}` }
    : { field, reason: `there is no IngressClass "${named}"`, isClassMissing: true }
}
