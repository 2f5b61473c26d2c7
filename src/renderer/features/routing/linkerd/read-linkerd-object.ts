import { fieldsOf, listOf, numberOf, textMapOf, textOf } from '../../../../domain/istio/fields/read-fields.ts'
import type { Mesh } from '../../../../domain/istio/mesh.ts'
import { selects } from '../../../../domain/istio/named-object.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import { chipOf, set, type CardModel, type ObjectModel } from '../cards/object-model.ts'
import { readAnyObject } from '../cards/read-any-object.ts'

/** Source: https://linkerd.io/2/reference/authorization-policy/#server */
const accessWords: Readonly<Record<string, string>> = {
  deny: 'Requests that no policy allows are denied.',
  audit: 'Requests that no policy allows are let through and logged.',
  'all-authenticated': 'Every client with an identity of the mesh may call.',
  'all-unauthenticated': 'Everyone may call.',
  'cluster-authenticated': 'Every client of the cluster with an identity may call.',
  'cluster-unauthenticated': 'Everyone in the cluster may call.',
}

/** Linkerd's Server: a port of some pods, and who may call it where no policy says so. */
export function readLinkerdServer(value: unknown, mesh: Mesh, namespace: string): ObjectModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const selector: Path = ['spec', 'podSelector', 'matchLabels']
  const labels = textMapOf(fieldsOf(spec['podSelector'])['matchLabels'])
  const pods = mesh.pods.filter(pod => pod.namespace === namespace && selects(labels, pod.labels)).length
  const access = textOf(spec['accessPolicy']) ?? 'deny'
  return {
    lines: [
      {
        path: ['spec'],
        lead: 'pods with',
        none: 'any label',
        chips: Object.entries(labels).map(([key, label]) => ({
          path: [...selector, key],
          subject: '',
          name: key,
          verb: 'is',
          value: label,
        })),
        additions: spec['podSelector'] === undefined ? [set('Labels', selector, { app: 'myapp' })] : [],
      },
      {
        path: ['spec'],
        lead: 'port',
        none: 'no port',
        chips: [
          ...chipOf(['spec', 'port'], '', spec['port']),
          ...chipOf(['spec', 'proxyProtocol'], 'protocol', spec['proxyProtocol']),
        ],
        additions: [
          ...(spec['port'] === undefined ? [set('Port', ['spec', 'port'], 8080)] : []),
          ...(spec['proxyProtocol'] === undefined
            ? [set('Protocol', ['spec', 'proxyProtocol'], 'HTTP/1')]
            : []),
        ],
      },
      {
        path: ['spec'],
        lead: 'access',
        none: 'deny',
        chips: chipOf(['spec', 'accessPolicy'], 'policy', spec['accessPolicy']),
        additions:
          spec['accessPolicy'] === undefined ? [set('Access', ['spec', 'accessPolicy'], 'deny')] : [],
      },
    ],
    texts: [],
    facts: [
      `${String(pods)} ${pods === 1 ? 'pod is' : 'pods are'} behind it.`,
      accessWords[access] ?? '',
    ].filter(fact => fact !== ''),
    problems:
      pods === 0 && mesh.pods.length > 0
        ? [{ severity: 'warning', message: 'No pod of the namespace has these labels' }]
        : [],
    sections: [],
  }
}

/** Linkerd's AuthorizationPolicy: what may be called, and what a client must show. */
export const readLinkerdPolicy = (value: unknown): ObjectModel =>
  readAnyObject(
    value,
    [
      {
        field: 'requiredAuthenticationRefs',
        title: 'A client must show all of these',
        noun: 'authentication',
        example: { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients' },
      },
    ],
    ['A request is allowed where the client meets every authentication.'],
  )

/** Linkerd's ServiceProfile: routes for metrics, retries and timeouts. */
export function readServiceProfile(value: unknown): ObjectModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const budget = fieldsOf(spec['retryBudget'])
  const ratio = numberOf(budget['retryRatio'])
  const any = readAnyObject(value, [
    {
      field: 'dstOverrides',
      title: 'Shares of other services',
      noun: 'override',
      example: { authority: 'myapp-v2.default.svc.cluster.local:80', weight: 100 },
    },
  ])
  return {
    ...any,
    lines: any.lines.map(line => ({
      ...line,
      chips: line.chips.filter(({ subject }) => subject !== 'routes'),
      additions:
        spec['retryBudget'] === undefined
          ? [
              set('Retry budget', ['spec', 'retryBudget'], {
                retryRatio: 0.2,
                minRetriesPerSecond: 10,
                ttl: '10s',
              }),
            ]
          : [],
    })),
    facts:
      ratio === undefined
        ? []
        : [
            `At most ${String(Math.round(ratio * 100))} % more requests by retries, and ${String(numberOf(budget['minRetriesPerSecond']) ?? 0)} a second always.`,
          ],
    sections: [
      {
        title: 'Routes',
        noun: 'route',
        path: ['spec', 'routes'],
        isOrdered: true,
        cards: listOf(spec['routes']).map((item, index) => readProfileRoute(item, index)),
        example: { name: 'GET /', condition: { method: 'GET', pathRegex: '/' } },
      },
      ...any.sections,
    ],
  }
}

function readProfileRoute(item: unknown, index: number): CardModel {
  const route = fieldsOf(item)
  const condition = fieldsOf(route['condition'])
  const path: Path = ['spec', 'routes', index]
  return {
    path,
    index,
    title: textOf(route['name']) ?? `route ${String(index + 1)}`,
    lines: [
      {
        path: [...path, 'condition'],
        lead: '',
        none: 'any request',
        chips: [
          ...chipOf([...path, 'condition', 'method'], 'method', condition['method']),
          ...chipOf([...path, 'condition', 'pathRegex'], 'path matches', condition['pathRegex']),
        ],
        additions: [
          ...(condition['method'] === undefined
            ? [set('Method', [...path, 'condition', 'method'], 'GET')]
            : []),
          ...(condition['pathRegex'] === undefined
            ? [set('Path', [...path, 'condition', 'pathRegex'], '/.*')]
            : []),
        ],
      },
      {
        path,
        lead: 'then',
        none: 'no retries, no timeout',
        chips: [
          ...chipOf([...path, 'isRetryable'], 'retries', route['isRetryable']),
          ...chipOf([...path, 'timeout'], 'timeout', route['timeout']),
        ],
        additions: [
          ...(route['isRetryable'] === undefined ? [set('Retries', [...path, 'isRetryable'], true)] : []),
          ...(route['timeout'] === undefined ? [set('Timeout', [...path, 'timeout'], '10s')] : []),
        ],
      },
    ],
    texts: [],
    facts: [],
    problems: [],
  }
}
