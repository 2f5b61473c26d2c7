import type { Edit } from '../../../../domain/edits/edit.ts'
import { readBackendWeights } from '../../../../domain/edits/weights.ts'
import {
  fieldsOf,
  listOf,
  numberOf,
  textOf,
  type Fields,
} from '../../../../domain/istio/fields/read-fields.ts'
import type { Mesh } from '../../../../domain/istio/mesh.ts'
import { closestWord } from '../../../../domain/simulation/closest-word.ts'
import { isDeepEqual } from '../../../../domain/yaml/deep-equal.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import type { CardProblem } from '../cards/object-model.ts'

/** What backends are looked up in. */
export interface BackendPlace {
  readonly mesh: Mesh
  readonly namespace: string
  readonly clusterDomain: string
  /** Names of the namespace's Services. */
  readonly services: readonly string[]
  /** The first port of a Service of the namespace. */
  readonly portOf: (service: string) => number | undefined
}

export function backendPlaceOf(mesh: Mesh, namespace: string): BackendPlace {
  const own = [...mesh.services, ...mesh.aliases].filter(service => service.namespace === namespace)
  return {
    mesh,
    namespace,
    clusterDomain: mesh.clusterDomain,
    services: own.map(({ name }) => name),
    portOf: name => own.find(service => service.name === name)?.ports[0]?.number,
  }
}

/**
 * A backend that is not there gets its share of the requests answered with 500.
 * Source: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule (backendRefs)
 */
export function backendProblems(
  backend: Fields,
  path: Path,
  isShared: boolean,
  { mesh, namespace, services }: BackendPlace,
): readonly CardProblem[] {
  if ((textOf(backend['kind']) ?? 'Service') !== 'Service') return []
  const name = textOf(backend['name']) ?? ''
  const where = textOf(backend['namespace']) ?? namespace
  const service = [...mesh.services, ...mesh.aliases].find(
    each => each.name === name && each.namespace === where,
  )
  const remove: readonly Edit[] = [
    { kind: 'removeItem', path: path.slice(0, -1), index: Number(path.at(-1)), prune: 1 },
  ]
  if (service === undefined) {
    const near = where === namespace ? closestWord(name, services) : undefined
    const fix =
      near !== undefined
        ? {
            title: `Send to ${near}`,
            edits: [{ kind: 'setPath', path: [...path, 'name'], value: near } as const],
          }
        : isShared
          ? { title: 'Remove the destination', edits: remove }
          : undefined
    return [
      {
        severity: 'error',
        message: `There is no Service ${name} in namespace ${where}: its requests are answered with 500`,
        ...(fix === undefined ? {} : { fix }),
      },
    ]
  }
  const port = numberOf(backend['port'])
  const [first] = service.ports
  if (first === undefined || service.ports.some(({ number }) => number === port)) return []
  return [
    {
      severity: 'error',
      message: `Service ${name} has no port ${port === undefined ? '(none is named)' : String(port)}`,
      fix: {
        title: `Use port ${String(first.number)}`,
        edits: [{ kind: 'setPath', path: [...path, 'port'], value: first.number }],
      },
    },
  ]
}

/**
 * What is wrong with a rule as a whole. Of equal matches the first in order wins; others are chosen by how precise
 * they are, so no other rule hides one. Source: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule (matches)
 */
export function ruleProblems(
  rule: Fields,
  index: number,
  rules: readonly Fields[],
  match: 'http' | 'grpc' | 'none',
): readonly CardProblem[] {
  const problems: CardProblem[] = []
  const asks = ({ matches }: Fields): unknown => (listOf(matches).length === 0 ? [{}] : matches)
  const earlier = rules.slice(0, index).findIndex(other => isDeepEqual(asks(other), asks(rule)))
  if (earlier >= 0 && match !== 'none')
    problems.push({
      severity: 'warning',
      message: `Rule ${String(index + 1)} never takes a request: rule ${String(earlier + 1)} asks for the same and comes first.`,
      fix: {
        title: `Remove rule ${String(index + 1)}`,
        edits: [{ kind: 'removeItem', path: ['spec', 'rules'], index }],
      },
    })
  const weights = readBackendWeights(rule['backendRefs'])
  if (weights.length > 0 && weights.every(weight => weight === 0))
    problems.push({
      severity: 'error',
      message: 'All weights are 0: every request is answered with 500',
      fix: {
        title: 'Share equally',
        edits: [
          {
            kind: 'setWeights',
            list: 'rules',
            rule: index,
            weights: weights.map((_, at) => equalShare(weights.length, at)),
          },
        ],
      },
    })
  const answers = listOf(rule['filters']).some(filter => fieldsOf(filter)['type'] === 'RequestRedirect')
  if (weights.length === 0 && !answers)
    problems.push({
      severity: 'warning',
      message: 'The rule names no backend: its requests are answered with 500',
    })
  return problems
}

/** Whole percentages that sum to 100. */
export const equalShare = (count: number, index: number): number =>
  Math.floor(100 / count) + (index < 100 % count ? 1 : 0)
