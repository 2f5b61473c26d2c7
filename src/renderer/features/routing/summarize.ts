import { fieldsOf, listOf, textOf, textsOf, type Fields } from '../../../domain/istio/fields/read-fields.ts'
import { groupOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'

const plural = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`

/** What an object is for (hosts, parents), and how much it says, for a row of the list. */
export function summarize({ apiVersion, kind, spec: source }: KubernetesObject): {
  readonly hosts: string
  readonly words: string
} {
  const spec = fieldsOf(source)
  const count = (field: string): number => listOf(spec[field]).length
  switch (`${groupOf(apiVersion)}/${kind}`) {
    case 'networking.istio.io/VirtualService':
      return {
        hosts: textsOf(spec['hosts']).join(', '),
        words: plural(count('http') + count('tcp') + count('tls'), 'rule'),
      }
    case 'networking.istio.io/DestinationRule':
      return {
        hosts: textOf(spec['host']) ?? '',
        words: [plural(count('subsets'), 'subset'), ...Object.keys(fieldsOf(spec['trafficPolicy']))].join(
          ' · ',
        ),
      }
    case 'networking.istio.io/Gateway':
      return {
        hosts: listOf(spec['servers'])
          .flatMap(server => textsOf(fieldsOf(server)['hosts']))
          .join(', '),
        words: plural(count('servers'), 'server'),
      }
    case 'networking.istio.io/ServiceEntry':
      return { hosts: textsOf(spec['hosts']).join(', '), words: plural(count('ports'), 'port') }
    case 'gateway.networking.k8s.io/Gateway':
      return {
        hosts: listOf(spec['listeners'])
          .flatMap(listener => textOf(fieldsOf(listener)['hostname']) ?? [])
          .join(', '),
        words: plural(count('listeners'), 'listener'),
      }
    case 'linkerd.io/ServiceProfile':
      return { hosts: '', words: plural(count('routes'), 'route') }
    default:
      return { hosts: parentsOf(spec), words: count('rules') > 0 ? plural(count('rules'), 'rule') : '' }
  }
}

const parentsOf = (spec: Fields): string =>
  [
    ...textsOf(spec['hostnames']),
    ...listOf(spec['parentRefs']).map(parent => textOf(fieldsOf(parent)['name']) ?? ''),
  ].join(', ')

/** The heading over a kind's rows; kinds of the same name are told apart by their API. */
export function titleOf(key: string): string {
  const [group = '', kind = ''] = key.split('/')
  const many = kind.endsWith('y') && !kind.endsWith('ay') ? `${kind.slice(0, -1)}ies` : `${kind}s`
  if (group.endsWith('linkerd.io')) return `${many} (Linkerd)`
  if (kind === 'Gateway') return group === 'networking.istio.io' ? `${many} (Istio)` : `${many} (Gateway API)`
  return many
}
