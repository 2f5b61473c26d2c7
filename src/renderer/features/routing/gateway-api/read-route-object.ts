import { readBackendWeights } from '../../../../domain/edits/weights.ts'
import {
  fieldsOf,
  listOf,
  numberOf,
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
  type CardModel,
  type ChipModel,
  type LineModel,
  type ObjectModel,
  type TargetsModel,
} from '../cards/object-model.ts'
import { describeFilter, filterAdditions } from './filter-words.ts'
import { matchLines } from './match-lines.ts'
import { backendProblems, ruleProblems, type BackendPlace } from './backend-problems.ts'

/** Which fields the routes of Gateway API (and Linkerd's, which are the same) have. */
export interface RouteShape {
  readonly hasHostnames: boolean
  readonly match: 'http' | 'grpc' | 'none'
  readonly hasFilters: boolean
}

/** HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and Linkerd's HTTPRoute as their form shows them; never throws. */
export function readRouteObject(value: unknown, shape: RouteShape, place: BackendPlace): ObjectModel {
  const spec = fieldsOf(fieldsOf(value)['spec'])
  const rules = listOf(spec['rules']).map(fieldsOf)
  const backend =
    textOf(fieldsOf(listOf(rules[0]?.['backendRefs'])[0])['name']) ?? place.services[0] ?? 'service'
  return {
    lines: [parentLine(spec)],
    texts: shape.hasHostnames
      ? [
          {
            path: ['spec', 'hostnames'],
            noun: 'hostname',
            lead: 'hostnames',
            values: textsOf(spec['hostnames']),
            placeholder: 'shop.example.com',
          },
        ]
      : [],
    facts: [],
    problems: [],
    sections: [
      {
        title: 'Rules',
        noun: 'rule',
        path: ['spec', 'rules'],
        isOrdered: true,
        cards: rules.map((rule, index) => readRule(rule, index, rules, shape, place)),
        example: { backendRefs: [{ name: backend, port: place.portOf(backend) ?? 80 }] },
      },
    ],
  }
}

function parentLine(spec: Fields): LineModel {
  const path: Path = ['spec', 'parentRefs']
  const parents = listOf(spec['parentRefs']).map(fieldsOf)
  return {
    path,
    lead: 'attached to',
    none: 'nothing yet',
    chips: parents.map((parent, index): ChipModel => {
      const section = textOf(parent['sectionName'])
      const port = numberOf(parent['port'])
      return {
        path: [...path, index],
        subject: textOf(parent['kind']) ?? 'Gateway',
        value: [
          [textOf(parent['namespace']), textOf(parent['name']) ?? ''].filter(Boolean).join('/'),
          section === undefined ? '' : `listener ${section}`,
          port === undefined ? '' : `port ${String(port)}`,
        ]
          .filter(word => word !== '')
          .join(' · '),
      }
    }),
    additions: [
      insert('Gateway', path, parents.length, { name: 'gateway' }),
      insert('Service, for requests inside the mesh', path, parents.length, {
        group: '',
        kind: 'Service',
        name: 'service',
        port: 80,
      }),
    ],
  }
}

function readRule(
  rule: Fields,
  index: number,
  rules: readonly Fields[],
  shape: RouteShape,
  place: BackendPlace,
): CardModel {
  const path: Path = ['spec', 'rules', index]
  const matches = shape.match === 'none' ? [] : matchLines(rule, path, shape.match)
  const timeouts = fieldsOf(rule['timeouts'])
  const filters = listOf(rule['filters']).map(fieldsOf)
  const filterPath: Path = [...path, 'filters']
  return {
    path,
    index,
    title: textOf(rule['name']) ?? titleOfLines(matches, index === 0 ? 'every request' : 'everyone else'),
    lines: [
      ...matches,
      ...(shape.hasFilters
        ? [
            {
              path: filterPath,
              floor: path.length,
              lead: filters.length === 0 ? 'filters' : 'then',
              chips: filters.map((filter, at) => describeFilter(filter, [...filterPath, at])),
              additions: filterAdditions(filterPath, filters.length, shape.match === 'grpc'),
            },
            {
              path: [...path, 'timeouts'],
              floor: path.length,
              lead: 'timeout',
              chips: [
                ...chipOf([...path, 'timeouts', 'request'], 'request', timeouts['request']),
                ...chipOf([...path, 'timeouts', 'backendRequest'], 'each try', timeouts['backendRequest']),
              ],
              additions: [
                ...(timeouts['request'] === undefined
                  ? [set('Timeout of the request', [...path, 'timeouts', 'request'], '10s')]
                  : []),
                ...(timeouts['backendRequest'] === undefined
                  ? [set('Timeout of each try', [...path, 'timeouts', 'backendRequest'], '2s')]
                  : []),
              ],
            },
          ].slice(0, shape.match === 'http' ? 2 : 1)
        : []),
    ],
    texts: [],
    facts: [],
    problems: ruleProblems(rule, index, rules, shape.match),
    targets: readTargets(rule, path, place),
  }
}

function readTargets(rule: Fields, path: Path, place: BackendPlace): TargetsModel {
  const list: Path = [...path, 'backendRefs']
  const backends = listOf(rule['backendRefs']).map(fieldsOf)
  const weights = readBackendWeights(rule['backendRefs'])
  const [first] = backends
  return {
    list: 'rules',
    path: list,
    targets: backends.map((backend, index) => {
      const name = textOf(backend['name']) ?? ''
      const namespace = textOf(backend['namespace'])
      return {
        path: [...list, index],
        index,
        label: name,
        host: namespace === undefined ? name : `${name}.${namespace}.svc.${place.clusterDomain}`,
        subset: '',
        port: numberOf(backend['port']),
        weight: weights[index] ?? 0,
        problems: backendProblems(backend, [...list, index], backends.length > 1, place),
      }
    }),
    example: {
      name: textOf(first?.['name']) ?? place.services[0] ?? 'service',
      port: numberOf(first?.['port']) ?? 80,
    },
  }
}
