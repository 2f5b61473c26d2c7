import { fieldsOf, listOf, textMapOf, textOf, textsOf } from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import { chipOf, set, type CardModel, type CardProblem, type ObjectModel } from '../cards/object-model.ts'

/** What a resolution means. Source: https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry-Resolution */
const resolutions: Readonly<Record<string, string>> = {
  NONE: 'Requests go to the address that the caller asked for.',
  STATIC: 'Requests go to the endpoints below.',
  DNS: "The proxy looks the endpoints' names up and shares requests between all addresses.",
  DNS_ROUND_ROBIN: 'The proxy looks the name up and uses the first address for new connections.',
  DYNAMIC_DNS: 'The proxy looks up the name that each request asks for.',
}

/** A ServiceEntry: hosts, ports and endpoints. */
export function readServiceEntry(value: unknown): ObjectModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const resolution = textOf(spec['resolution']) ?? 'NONE'
  const location = textOf(spec['location']) ?? 'MESH_EXTERNAL'
  const texts = (field: string, noun: string, lead: string, placeholder: string) => ({
    path: ['spec', field] as Path,
    noun,
    lead,
    values: textsOf(spec[field]),
    placeholder,
  })
  return {
    lines: [
      {
        path: ['spec'],
        lead: 'found by',
        none: 'NONE',
        chips: chipOf(['spec', 'resolution'], 'resolution', spec['resolution']),
        additions: spec['resolution'] === undefined ? [set('Resolution', ['spec', 'resolution'], 'DNS')] : [],
      },
      {
        path: ['spec'],
        lead: 'where',
        none: 'MESH_EXTERNAL',
        chips: chipOf(['spec', 'location'], 'location', spec['location']),
        additions:
          spec['location'] === undefined ? [set('Location', ['spec', 'location'], 'MESH_EXTERNAL')] : [],
      },
    ],
    texts: [
      texts('hosts', 'host', 'hosts', 'api.example.com'),
      texts('addresses', 'address', 'addresses', '192.0.2.10'),
      texts('exportTo', 'namespace', 'exported to', '.'),
    ],
    facts: [
      resolutions[resolution] ?? '',
      location === 'MESH_INTERNAL'
        ? 'Its endpoints are in the mesh: they have proxies and mutual TLS.'
        : 'Its endpoints are outside the mesh: no mutual TLS.',
    ].filter(fact => fact !== ''),
    problems: entryProblems(resolution, spec),
    sections: [
      {
        title: 'Ports',
        noun: 'port',
        path: ['spec', 'ports'],
        isOrdered: false,
        cards: listOf(spec['ports']).map((item, index): CardModel => {
          const port = fieldsOf(item)
          const path: Path = ['spec', 'ports', index]
          return {
            path,
            index,
            title: textOf(port['name']) ?? `port ${String(index + 1)}`,
            lines: [
              {
                path,
                lead: '',
                chips: [
                  ...chipOf([...path, 'number'], 'port', port['number']),
                  ...chipOf([...path, 'protocol'], 'protocol', port['protocol']),
                  ...chipOf([...path, 'targetPort'], 'target port', port['targetPort']),
                ],
                additions:
                  port['targetPort'] === undefined ? [set('Target port', [...path, 'targetPort'], 443)] : [],
              },
            ],
            texts: [],
            facts: [],
            problems: [],
          }
        }),
        example: { number: 443, name: 'https', protocol: 'HTTPS' },
      },
      {
        title: 'Endpoints',
        noun: 'endpoint',
        path: ['spec', 'endpoints'],
        isOrdered: false,
        cards: listOf(spec['endpoints']).map((item, index): CardModel => {
          const endpoint = fieldsOf(item)
          const path: Path = ['spec', 'endpoints', index]
          const labels = Object.entries(textMapOf(endpoint['labels'])).map(
            ([key, label]) => `${key}=${label}`,
          )
          return {
            path,
            index,
            title: textOf(endpoint['address']) ?? `endpoint ${String(index + 1)}`,
            lines: [
              {
                path,
                lead: '',
                chips: [
                  ...chipOf([...path, 'address'], 'address', endpoint['address']),
                  ...(labels.length === 0
                    ? []
                    : [{ path: [...path, 'labels'], subject: 'labels', value: labels.join(', ') }]),
                  ...chipOf([...path, 'locality'], 'locality', endpoint['locality']),
                  ...chipOf([...path, 'weight'], 'weight', endpoint['weight']),
                ],
                additions: [
                  ...(endpoint['labels'] === undefined
                    ? [set('Labels', [...path, 'labels'], { version: 'v1' })]
                    : []),
                  ...(endpoint['weight'] === undefined ? [set('Weight', [...path, 'weight'], 1)] : []),
                  ...(endpoint['locality'] === undefined
                    ? [set('Locality', [...path, 'locality'], 'region/zone')]
                    : []),
                ],
              },
            ],
            texts: [],
            facts: [],
            problems: [],
          }
        }),
        example: { address: resolution === 'STATIC' ? '192.0.2.10' : 'endpoint.example.com' },
      },
    ],
  }
}

/** What Istio's validation refuses. Source: ServiceEntry, resolution and endpoints. */
function entryProblems(resolution: string, spec: Readonly<Record<string, unknown>>): readonly CardProblem[] {
  const endpoints = listOf(spec['endpoints'])
  if (textsOf(spec['hosts']).length === 0)
    return [{ severity: 'error', message: 'A ServiceEntry needs at least one host' }]
  if (resolution === 'STATIC' && endpoints.length === 0 && spec['workloadSelector'] === undefined)
    return [
      {
        severity: 'warning',
        message: 'STATIC without endpoints: there is nowhere to send requests',
        fix: {
          title: 'Look the name up (DNS)',
          edits: [{ kind: 'setPath', path: ['spec', 'resolution'], value: 'DNS' }],
        },
      },
    ]
  if (resolution === 'NONE' && endpoints.length > 0)
    return [
      {
        severity: 'error',
        message: 'Endpoints need a resolution',
        fix: {
          title: 'Use the endpoints (STATIC)',
          edits: [{ kind: 'setPath', path: ['spec', 'resolution'], value: 'STATIC' }],
        },
      },
    ]
  return []
}
