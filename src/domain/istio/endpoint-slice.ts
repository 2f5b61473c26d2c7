import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { fieldsOf, listOf, numberOf, textOf, textsOf } from './fields/read-fields.ts'

/** Where a Service's requests go by an EndpointSlice: what a Service without a selector is made of. */
export interface MeshEndpoints {
  readonly namespace: string
  readonly service: string
  readonly addresses: readonly string[]
  /** Names of pods. */
  readonly pods: readonly string[]
  readonly ports: readonly { readonly name: string; readonly number: number }[]
}

/** Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ */
export function readEndpointSlice({ metadata, ...object }: KubernetesObject): MeshEndpoints {
  const endpoints = listOf(object['endpoints'])
    .map(fieldsOf)
    .filter(endpoint => fieldsOf(endpoint['conditions'])['ready'] !== false)
  return {
    namespace: metadata.namespace ?? 'default',
    service: metadata.labels?.['kubernetes.io/service-name'] ?? '',
    addresses: endpoints.flatMap(endpoint => textsOf(endpoint['addresses'])),
    pods: endpoints.flatMap(endpoint => {
      const target = fieldsOf(endpoint['targetRef'])
      return target['kind'] === 'Pod' ? (textOf(target['name']) ?? []) : []
    }),
    ports: listOf(object['ports'])
      .map(fieldsOf)
      .flatMap(port => {
        const number = numberOf(port['port'])
        return number === undefined ? [] : [{ name: textOf(port['name']) ?? '', number }]
      }),
  }
}
