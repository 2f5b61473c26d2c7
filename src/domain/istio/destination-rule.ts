import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { qualifyHost } from './host-name.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import type { Fields } from './fields/read-fields.ts'
import {
  compact,
  fieldsOf,
  listOf,
  optionalFields,
  textMapOf,
  textOf,
  textsOf,
} from './fields/read-fields.ts'

export interface Subset {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** The undecoded `trafficPolicy`. */
  readonly trafficPolicy?: Fields
}

export interface DestinationRule extends NamedObject {
  /** Fully qualified, or a wildcard. */
  readonly host: string
  readonly exportTo: readonly string[]
  readonly workloadSelector: Readonly<Record<string, string>>
  /** The undecoded `trafficPolicy`. */
  readonly trafficPolicy?: Fields
  readonly subsets: readonly Subset[]
}

/** A DestinationRule of any served version. */
export function readDestinationRule(object: KubernetesObject, clusterDomain: string): DestinationRule {
  const named = nameObject(object)
  const spec = fieldsOf(object.spec)
  return compact({
    ...named,
    host: qualifyHost(textOf(spec['host']) ?? '', named.namespace, clusterDomain),
    exportTo: textsOf(spec['exportTo']),
    workloadSelector: textMapOf(fieldsOf(spec['workloadSelector'])['matchLabels']),
    trafficPolicy: optionalFields(spec['trafficPolicy']),
    subsets: listOf(spec['subsets'])
      .map(fieldsOf)
      .map(subset =>
        compact({
          name: textOf(subset['name']) ?? '',
          labels: textMapOf(subset['labels']),
          trafficPolicy: optionalFields(subset['trafficPolicy']),
        }),
      ),
  })
}
