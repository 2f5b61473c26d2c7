import { fieldsOf, textOf, textsOf } from '../../src/domain/istio/fields/read-fields.ts'
import { isDeepEqual } from '../../src/domain/yaml/deep-equal.ts'
import type { DecisionRecord } from '../../src/domain/simulation/decision-record.ts'

/** How a decision differs from a line of `expected.jsonl`; empty where it does not. */
export function compareWithExpected(expected: unknown, record: DecisionRecord): readonly string[] {
  return Object.entries(fieldsOf(expected)).flatMap(([field, wanted]) => {
    switch (field) {
      case 'id':
      case 'why':
        return []
      case 'headers':
        return Object.entries(fieldsOf(wanted)).flatMap(([name, value]) =>
          differ(`header ${name}`, value, record.request.headers[name] ?? null),
        )
      case 'unknown':
        return lacks('unknown', [textOf(wanted) ?? ''], record.unknown.join('\n'))
      case 'names':
        return lacks('the reasons', textsOf(wanted), reasonsOf(record))
      default:
        return differ(field, wanted, readField(field, record))
    }
  })
}

function readField(field: string, record: DecisionRecord): unknown {
  const { route, deniedBy, destinations } = record
  switch (field) {
    case 'route':
      return route && `${route.kind} ${route.namespace}/${route.name}`
    case 'rule':
      return route?.rule
    case 'by':
      return deniedBy && `${deniedBy.kind} ${deniedBy.namespace}/${deniedBy.name}`
    case 'cluster':
      return destinations[0]?.cluster
    case 'clusters':
      return Object.fromEntries(destinations.map(({ cluster, weight }) => [cluster, weight]))
    case 'path':
      return record.request.path
    default:
      return fieldsOf(record)[field]
  }
}

/** Everything in a decision that says why, in words. */
const reasonsOf = ({ considered, arrivals, unknown, ...rest }: DecisionRecord): string =>
  JSON.stringify({ considered, arrivals, unknown, rest })

const differ = (what: string, wanted: unknown, own: unknown): readonly string[] =>
  isDeepEqual(wanted, own) ? [] : [`${what} is ${JSON.stringify(own)}, not ${JSON.stringify(wanted)}`]

const lacks = (what: string, wanted: readonly string[], text: string): readonly string[] =>
  wanted.filter(item => !text.includes(item)).map(item => `${what} must name ${item}: ${text}`)
