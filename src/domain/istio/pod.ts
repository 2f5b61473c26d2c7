import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import { compact, fieldsOf, listOf, numberOf, textOf } from './fields/read-fields.ts'

export interface MeshPod extends NamedObject {
  readonly labels: Readonly<Record<string, string>>
  readonly serviceAccount: string
  readonly ip?: string
  readonly isReady: boolean
  /** Whether a sidecar, or a gateway's proxy, speaks for it. */
  readonly hasProxy: boolean
  /** Whether it says itself that no proxy is to be put into it. */
  readonly refusesProxy: boolean
  readonly containerPorts: readonly { readonly name?: string; readonly number: number }[]
}

/** A pod as the mesh sees it. */
export function readPod(object: KubernetesObject): MeshPod {
  const spec = fieldsOf(object.spec)
  const status = fieldsOf(object['status'])
  const containers = [...listOf(spec['containers']), ...listOf(spec['initContainers'])].map(fieldsOf)
  const labels = object.metadata.labels ?? {}
  return compact({
    ...nameObject(object),
    labels,
    serviceAccount: textOf(spec['serviceAccountName']) ?? 'default',
    ip: textOf(status['podIP']),
    isReady:
      object.metadata.deletionTimestamp === undefined &&
      listOf(status['conditions'])
        .map(fieldsOf)
        .some(condition => condition['type'] === 'Ready' && condition['status'] === 'True'),
    hasProxy: containers.some(container => container['name'] === 'istio-proxy'),
    refusesProxy: refusesInjection(object, spec),
    containerPorts: containers.flatMap(container =>
      listOf(container['ports']).flatMap(item => {
        const number = numberOf(fieldsOf(item)['containerPort'])
        return number === undefined ? [] : [compact({ name: textOf(fieldsOf(item)['name']), number })]
      }),
    ),
  })
}

/** Source: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy */
const refusesInjection = (
  { metadata }: KubernetesObject,
  spec: Readonly<Record<string, unknown>>,
): boolean => {
  const wish =
    metadata.labels?.['sidecar.istio.io/inject'] ?? metadata.annotations?.['sidecar.istio.io/inject']
  return wish === 'false' || spec['hostNetwork'] === true
}
