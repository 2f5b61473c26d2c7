import { fieldsOf, listOf, numberOf, type Fields } from '../../../../domain/istio/fields/read-fields.ts'
import type { Path } from '../../../../domain/yaml/path.ts'
import { set, type CardModel, type SectionModel } from '../cards/object-model.ts'
import { explainPolicy } from './explain-policy.ts'
import { describePolicy } from '../policy-words.ts'

/** The ports that a traffic policy treats apart, as cards. `owner` is the policy's path. */
export function readPortSettings(policy: Fields, owner: Path): SectionModel {
  const list: Path = [...owner, 'portLevelSettings']
  return {
    title: 'Ports of their own',
    noun: 'port',
    path: list,
    isOrdered: false,
    cards: listOf(policy['portLevelSettings']).map((item, index): CardModel => {
      const settings = fieldsOf(item)
      const path: Path = [...list, index]
      const number = numberOf(fieldsOf(settings['port'])['number'])
      const rest = Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'port'))
      const missing = (title: string, field: string, value: unknown) =>
        settings[field] === undefined ? [set(title, [...path, field], value)] : []
      return {
        path,
        index,
        title: number === undefined ? 'no port' : `port ${String(number)}`,
        lines: [
          {
            path,
            lead: '',
            chips: [
              { path: [...path, 'port'], subject: 'port', value: String(number ?? '') },
              ...Object.keys(rest).map(field => ({
                path: [...path, field],
                subject: '',
                value: field,
              })),
            ],
            additions: [
              ...missing('Load balancing', 'loadBalancer', { simple: 'LEAST_REQUEST' }),
              ...missing('Connection pool', 'connectionPool', { tcp: { maxConnections: 100 } }),
              ...missing('Outlier detection', 'outlierDetection', { consecutive5xxErrors: 5 }),
              ...missing('TLS', 'tls', { mode: 'ISTIO_MUTUAL' }),
            ],
          },
        ],
        texts: [],
        facts: [...describePolicy(rest), ...explainPolicy(rest)],
        problems: [],
      }
    }),
    example: { port: { number: 80 }, loadBalancer: { simple: 'LEAST_REQUEST' } },
  }
}
