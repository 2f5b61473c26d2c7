import { readWeights } from '../../../../domain/edits/weights.ts'
import {
  fieldsOf,
  listOf,
  numberOf,
  textMapOf,
  textOf,
  textsOf,
  type Fields,
} from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import {
  chipOf,
  insert,
  set,
  titleOfLines,
  type Addition,
  type CardModel,
  type ChipModel,
  type LineModel,
  type SectionModel,
  type TargetModel,
} from '../cards/object-model.ts'
import { destinationProblem, siblingsOf, weightProblems, type ProblemPlace } from '../route-problems.ts'

/** `spec.tls` and `spec.tcp` of a VirtualService as cards; a list that is missing has none. */
export function readConnectionRules(value: unknown, list: 'tls' | 'tcp', place: ProblemPlace): SectionModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const host = textsOf(spec['hosts']).find(name => !name.startsWith('*')) ?? place.hosts[0] ?? 'example.com'
  return {
    title: list === 'tls' ? 'TLS rules, by server name' : 'TCP rules',
    noun: `${list.toUpperCase()} rule`,
    path: ['spec', list],
    isOrdered: true,
    cards: listOf(spec[list]).map((item, index) => readCard(fieldsOf(item), index, list, place)),
    // A TLS rule must name the server names it is for. Source: VirtualService, TLSRoute.
    example:
      list === 'tls'
        ? { match: [{ port: 443, sniHosts: [host] }], route: [{ destination: { host } }] }
        : { route: [{ destination: { host } }] },
  }
}

function readCard(rule: Fields, index: number, list: 'tls' | 'tcp', place: ProblemPlace): CardModel {
  const path: Path = ['spec', list, index]
  const matches = listOf(rule['match']).map(fieldsOf)
  const matchPath: Path = [...path, 'match']
  const lines: readonly LineModel[] =
    matches.length > 0
      ? matches.map((match, at) => readMatch(match, [...matchPath, at], at, matches.length, path, list))
      : [
          {
            path: matchPath,
            lead: '',
            none: 'any connection',
            chips: [],
            additions: [
              insert('Port', matchPath, 0, { port: 443 }),
              ...(list === 'tls'
                ? [insert('Server name (SNI)', matchPath, 0, { sniHosts: ['example.com'] })]
                : []),
            ],
          },
        ]
  const routePath: Path = [...path, 'route']
  const weights = readWeights(rule['route'])
  const destinations = listOf(rule['route']).map(item => {
    const destination = fieldsOf(fieldsOf(item)['destination'])
    return {
      host: textOf(destination['host']) ?? '',
      subset: textOf(destination['subset']) ?? '',
      port: numberOf(fieldsOf(destination['port'])['number']),
    }
  })
  const targets = destinations.map(({ host, subset, port }, at): TargetModel => {
    return {
      path: [...routePath, at],
      index: at,
      label: subset === '' ? host : subset,
      host,
      subset,
      port,
      weight: weights[at] ?? 0,
      problems: destinationProblem(place, { host, subset }, [...routePath, at], siblingsOf(destinations, at)),
    }
  })
  return {
    path,
    index,
    title: titleOfLines(lines, index === 0 ? 'every connection' : 'every other connection'),
    lines,
    texts: [],
    facts: [],
    problems: weightProblems(index, targets, list),
    targets: {
      list,
      path: routePath,
      targets,
      example: { destination: { host: targets[0]?.host ?? place.hosts[0] ?? 'example.com' } },
    },
  }
}

function readMatch(
  match: Fields,
  path: Path,
  at: number,
  count: number,
  rulePath: Path,
  list: 'tls' | 'tcp',
): LineModel {
  const joined = (field: string, subject: string): readonly ChipModel[] =>
    match[field] === undefined
      ? []
      : [{ path: [...path, field], subject, value: textsOf(match[field]).join(', ') }]
  const labels = Object.entries(textMapOf(match['sourceLabels'])).map(([key, value]) => `${key}=${value}`)
  const missing = (title: string, field: string, value: unknown): readonly Addition[] =>
    match[field] === undefined ? [set(title, [...path, field], value)] : []
  return {
    path,
    floor: rulePath.length,
    lead: at === 0 ? '' : 'or',
    none: 'any connection',
    chips: [
      ...joined('sniHosts', 'server name'),
      ...joined('destinationSubnets', 'to addresses'),
      ...chipOf([...path, 'port'], 'port', match['port']),
      ...(labels.length === 0
        ? []
        : [{ path: [...path, 'sourceLabels'], subject: 'caller labels', value: labels.join(', ') }]),
      ...chipOf([...path, 'sourceNamespace'], 'caller namespace', match['sourceNamespace']),
      ...joined('gateways', 'gateways'),
    ],
    additions: [
      ...(list === 'tls' ? missing('Server name (SNI)', 'sniHosts', ['example.com']) : []),
      ...missing('Port', 'port', 443),
      ...missing('Addresses', 'destinationSubnets', ['10.0.0.0/8']),
      ...missing("Caller's labels", 'sourceLabels', { app: 'frontend' }),
      ...missing("Caller's namespace", 'sourceNamespace', 'default'),
      ...missing('Gateways', 'gateways', ['mesh']),
      ...(at === count - 1
        ? [
            insert(
              'Alternative: or…',
              [...rulePath, 'match'],
              count,
              list === 'tls' ? { sniHosts: ['example.com'] } : { port: 443 },
            ),
          ]
        : []),
    ],
  }
}
