import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { isObject, numberOf, objectOf, valueAt } from '../objects/json.ts'
import type { ServedResource } from '../objects/served-resource.ts'
import { badRequest } from '../objects/status-error.ts'

interface Paths {
  readonly spec: readonly string[]
  readonly status: readonly string[]
  readonly selector: readonly string[]
}

const segments = (path: string): readonly string[] => path.split('.').filter(name => name !== '')

function pathsOf(type: ServedResource): Paths {
  const own = type.subresources.find(({ name }) => name === 'scale')?.scalePaths
  return {
    spec: segments(own?.specReplicasPath ?? '.spec.replicas'),
    status: segments(own?.statusReplicasPath ?? '.status.replicas'),
    selector: segments(own?.labelSelectorPath ?? '.spec.selector.matchLabels'),
  }
}

function selectorText(value: unknown): string {
  if (typeof value === 'string') return value
  return Object.entries(objectOf(value))
    .map(([key, label]) => `${key}=${String(label)}`)
    .sort()
    .join(',')
}

/** `autoscaling/v1` Scale of an object. */
export function scaleOf(object: KubernetesObject, type: ServedResource): KubernetesObject {
  const paths = pathsOf(type)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: { replicas: numberOf(valueAt(object, ...paths.spec)) },
    status: {
      replicas: numberOf(valueAt(object, ...paths.status)),
      selector: selectorText(valueAt(object, ...paths.selector)),
    },
  }
}

function setAt(value: unknown, [first, ...rest]: readonly string[], leaf: unknown): unknown {
  if (first === undefined) return leaf
  const object = objectOf(value)
  return { ...object, [first]: setAt(object[first], rest, leaf) }
}

/** The object with the number of replicas that a Scale asks for. */
export function withScale(object: KubernetesObject, scale: unknown, type: ServedResource): KubernetesObject {
  if (!isObject(scale) || scale['kind'] !== 'Scale') throw badRequest('the request body must be a Scale')
  const replicas = valueAt(scale, 'spec', 'replicas') ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0)
    throw badRequest('spec.replicas: Invalid value: must be greater than or equal to 0')
  const version = valueAt(scale, 'metadata', 'resourceVersion')
  const scaled = setAt(object, pathsOf(type).spec, replicas) as KubernetesObject
  return typeof version === 'string' && version !== ''
    ? { ...scaled, metadata: { ...scaled.metadata, resourceVersion: version } }
    : scaled
}
