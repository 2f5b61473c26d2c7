import { fieldsOf, listOf, textOf, type Fields } from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import { chipOf, set, type CardModel, type CardProblem, type ObjectModel } from '../cards/object-model.ts'

const tlsProtocols: ReadonlySet<string> = new Set(['HTTPS', 'TLS'])

/** A Gateway of Gateway API: its listeners as cards. */
export function readKubernetesGateway(value: unknown): ObjectModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const listeners = listOf(spec['listeners']).map(fieldsOf)
  const addresses = listOf(spec['addresses']).map(fieldsOf)
  return {
    lines: [
      {
        path: ['spec'],
        lead: 'made by',
        chips: chipOf(['spec', 'gatewayClassName'], 'class', spec['gatewayClassName']),
        additions:
          spec['gatewayClassName'] === undefined ? [set('Class', ['spec', 'gatewayClassName'], 'istio')] : [],
      },
      ...(addresses.length === 0
        ? []
        : [
            {
              path: ['spec', 'addresses'] as const,
              lead: 'at',
              chips: addresses.map((address, index) => ({
                path: ['spec', 'addresses', index],
                subject: textOf(address['type']) ?? 'IPAddress',
                value: textOf(address['value']) ?? '',
              })),
              additions: [],
            },
          ]),
    ],
    texts: [],
    facts: [],
    problems: [],
    sections: [
      {
        title: 'Listeners',
        noun: 'listener',
        path: ['spec', 'listeners'],
        isOrdered: false,
        cards: listeners.map((listener, index) => readListener(listener, index, listeners)),
        example: {
          name: listeners.length === 0 ? 'http' : `listener-${String(listeners.length + 1)}`,
          port: 80,
          protocol: 'HTTP',
        },
      },
    ],
  }
}

function readListener(listener: Fields, index: number, all: readonly Fields[]): CardModel {
  const path: Path = ['spec', 'listeners', index]
  const tls = fieldsOf(listener['tls'])
  const certificates = listOf(tls['certificateRefs']).map(fieldsOf)
  const namespaces = fieldsOf(fieldsOf(listener['allowedRoutes'])['namespaces'])
  const from: Path = [...path, 'allowedRoutes', 'namespaces', 'from']
  const name = textOf(listener['name']) ?? ''
  const protocol = textOf(listener['protocol']) ?? ''
  const hasTls = tlsProtocols.has(protocol)
  return {
    path,
    index,
    title: name === '' ? `listener ${String(index + 1)}` : name,
    lines: [
      {
        path,
        lead: 'listens on',
        none: 'no port',
        chips: [
          ...chipOf([...path, 'port'], 'port', listener['port']),
          ...chipOf([...path, 'protocol'], 'protocol', listener['protocol']),
          ...chipOf([...path, 'hostname'], 'hostname', listener['hostname']),
        ],
        additions:
          listener['hostname'] === undefined ? [set('Hostname', [...path, 'hostname'], '*.example.com')] : [],
      },
      {
        path: [...path, 'tls'],
        floor: path.length,
        lead: 'TLS',
        none: 'none',
        chips: [
          ...chipOf([...path, 'tls', 'mode'], 'mode', tls['mode']),
          ...certificates.map((reference, at) => ({
            path: [...path, 'tls', 'certificateRefs', at],
            subject: 'Secret',
            value: textOf(reference['name']) ?? '',
          })),
        ],
        additions: hasTls
          ? [
              ...(tls['mode'] === undefined ? [set('Mode', [...path, 'tls', 'mode'], 'Terminate')] : []),
              {
                title: 'Secret with the certificate',
                edit: {
                  kind: 'insertItem',
                  path: [...path, 'tls', 'certificateRefs'],
                  index: certificates.length,
                  value: { name: 'gateway-certificate' },
                },
              },
            ]
          : [],
      },
      {
        path,
        lead: 'routes of namespaces',
        none: 'Same',
        chips: chipOf(from, '', namespaces['from']),
        additions: namespaces['from'] === undefined ? [set('Namespaces', from, 'All')] : [],
      },
    ],
    texts: [],
    facts: [],
    problems: listenerProblems(listener, index, all, path),
  }
}

/** Source: https://gateway-api.sigs.k8s.io/reference/spec/#listener (distinct listeners, TLS) */
function listenerProblems(
  listener: Fields,
  index: number,
  all: readonly Fields[],
  path: Path,
): readonly CardProblem[] {
  const same = all.findIndex(
    (other, at) =>
      at < index &&
      other['port'] === listener['port'] &&
      other['protocol'] === listener['protocol'] &&
      other['hostname'] === listener['hostname'],
  )
  const tls = fieldsOf(listener['tls'])
  return [
    ...(same < 0
      ? []
      : [
          {
            severity: 'error' as const,
            message: `It has the port, protocol and hostname of listener ${String(same + 1)}: neither is served`,
            fix: {
              title: 'Remove this listener',
              edits: [{ kind: 'removeItem' as const, path: path.slice(0, -1), index }],
            },
          },
        ]),
    ...(textOf(listener['protocol']) === 'HTTPS' && listOf(tls['certificateRefs']).length === 0
      ? [
          {
            severity: 'error' as const,
            message: 'HTTPS needs a certificate',
            fix: {
              title: 'Name the Secret gateway-certificate',
              edits: [
                {
                  kind: 'setPath' as const,
                  path: [...path, 'tls', 'certificateRefs'],
                  value: [{ name: 'gateway-certificate' }],
                },
              ],
            },
          },
        ]
      : []),
  ]
}
