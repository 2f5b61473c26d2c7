import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { Protocol } from './service.ts'
import { readEntryProtocol } from './fields/read-protocol.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import {
  compact,
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textMapOf,
  textOf,
  textsOf,
} from './fields/read-fields.ts'

export type OutboundTrafficPolicy = 'ALLOW_ANY' | 'REGISTRY_ONLY'

export interface Sidecar extends NamedObject {
  readonly selector: Readonly<Record<string, string>>
  readonly egress: readonly {
    readonly port?: number
    /** What the listener for the port reads, whatever the services say of theirs. */
    readonly protocol?: Protocol
    readonly hosts: readonly string[]
  }[]
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy
}

/** A Sidecar of any served version. */
export function readSidecar(object: KubernetesObject): Sidecar {
  const spec = fieldsOf(object.spec)
  const policy = optionalFields(spec['outboundTrafficPolicy'])
  // A policy that says nothing is REGISTRY_ONLY: the first value of the enumeration.
  const mode = policy && (textOf(policy['mode']) ?? 'REGISTRY_ONLY')
  return compact({
    ...nameObject(object),
    selector: textMapOf(fieldsOf(spec['workloadSelector'])['labels']),
    egress: listOf(spec['egress'])
      .map(fieldsOf)
      .map(item => {
        const { number, protocol } = fieldsOf(item['port'])
        return compact({
          port: numberOf(number),
          protocol: protocol === undefined ? undefined : readEntryProtocol(textOf(protocol)),
          hosts: textsOf(item['hosts']),
        })
      }),
    outboundTrafficPolicy: mode === 'ALLOW_ANY' || mode === 'REGISTRY_ONLY' ? mode : undefined,
  })
}
