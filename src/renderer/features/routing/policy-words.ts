import { fieldsOf, listOf, textMapOf, textOf, type Fields } from '../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../domain/yaml/path.ts'

export interface SubsetModel {
  readonly index: number
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly policy: Fields
}

export interface DestinationRuleModel {
  readonly host: string
  readonly subsets: readonly SubsetModel[]
  readonly policy: Fields
}

/** A DestinationRule's document as the form shows it; never throws. */
export function readDestinationRuleForm(value: unknown): DestinationRuleModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  return {
    host: textOf(spec['host']) ?? '',
    policy: fieldsOf(spec['trafficPolicy']),
    subsets: listOf(spec['subsets']).map((item, index) => {
      const subset = fieldsOf(item)
      return {
        index,
        name: textOf(subset['name']) ?? '',
        labels: textMapOf(subset['labels']),
        policy: fieldsOf(subset['trafficPolicy']),
      }
    }),
  }
}

export interface PolicyField {
  readonly path: Path
  readonly title: string
  readonly kind: 'number' | 'duration' | 'choice'
  readonly choices?: readonly string[]
  /** What the number means, said of its value. */
  readonly say: (value: string) => string
}

/** The fields of a traffic policy that the form changes; the rest is in the YAML. Source: Istio's TrafficPolicy. */
export const policyFields: readonly PolicyField[] = [
  {
    path: ['loadBalancer', 'simple'],
    title: 'Load balancing',
    kind: 'choice',
    choices: ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'PASSTHROUGH'],
    say: value => `picks pods by ${value.toLowerCase().replace('_', ' ')}`,
  },
  {
    path: ['tls', 'mode'],
    title: 'TLS to the pods',
    kind: 'choice',
    choices: ['ISTIO_MUTUAL', 'DISABLE', 'SIMPLE', 'MUTUAL'],
    say: value => (value === 'ISTIO_MUTUAL' ? "the mesh's mutual TLS" : `TLS mode ${value}`),
  },
  {
    path: ['connectionPool', 'tcp', 'maxConnections'],
    title: 'Most connections',
    kind: 'number',
    say: value => `at most ${value} connections`,
  },
  {
    path: ['connectionPool', 'http', 'http1MaxPendingRequests'],
    title: 'Most waiting requests',
    kind: 'number',
    say: value => `at most ${value} requests wait`,
  },
  {
    path: ['connectionPool', 'http', 'http2MaxRequests'],
    title: 'Most requests at once',
    kind: 'number',
    say: value => `at most ${value} requests at once`,
  },
  {
    path: ['connectionPool', 'http', 'maxRequestsPerConnection'],
    title: 'Requests for one connection',
    kind: 'number',
    say: value => `${value} requests for one connection`,
  },
  {
    path: ['outlierDetection', 'consecutive5xxErrors'],
    title: 'Errors in a row until ejected',
    kind: 'number',
    say: value => `a pod is left out after ${value} errors in a row`,
  },
  {
    path: ['outlierDetection', 'interval'],
    title: 'Looks at pods every',
    kind: 'duration',
    say: value => `looked at every ${value}`,
  },
  {
    path: ['outlierDetection', 'baseEjectionTime'],
    title: 'Left out for',
    kind: 'duration',
    say: value => `for at least ${value}`,
  },
  {
    path: ['outlierDetection', 'maxEjectionPercent'],
    title: 'Left out at most (%)',
    kind: 'number',
    say: value => `at most ${value} % of the pods`,
  },
]

/** The value of a policy's field as text; empty where it is not set. */
export function policyText(policy: Fields, path: Path): string {
  let value: unknown = policy
  for (const step of path) value = fieldsOf(value)[step]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** The policy in words, and the names of what the words leave out. */
export function describePolicy(policy: Fields): readonly string[] {
  const said = policyFields.flatMap(({ path, say }) => {
    const value = policyText(policy, path)
    return value === '' ? [] : [say(value)]
  })
  const deprecated = fieldsOf(policy['outlierDetection'])['consecutiveErrors']
  if (typeof deprecated === 'number')
    said.push(
      `consecutiveErrors ${String(deprecated)} (no longer read; consecutive5xxErrors takes its place)`,
    )
  const known = new Set(policyFields.map(({ path }) => path[0]))
  return [...said, ...Object.keys(policy).filter(key => !known.has(key))]
}
