import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import { groupOf } from '../../kubernetes/kubernetes-object.ts'
import { fieldsOf, listOf, textOf, textsOf } from '../fields/read-fields.ts'
import type { MeshConfigSource } from './mesh-config-sources.ts'

export interface FoundDomain {
  readonly domain: string
  readonly title: string
  /** Whether it is concluded from names, not written anywhere. */
  readonly isGuess: boolean
}

/**
 * The DNS domain of the cluster as the objects tell it: the values that Istio was installed with, istiod's own
 * argument, the cluster's DNS, else the one domain that rules give Services which are there. Undefined for none.
 * Source: the chart `istiod` (`--domain`, from `global.proxy.clusterDomain`); https://coredns.io/plugins/kubernetes/.
 */
export function findClusterDomain(
  objects: readonly KubernetesObject[],
  sources: readonly MeshConfigSource[],
): FoundDomain | undefined {
  for (const { title, values } of sources) {
    const domain = textOf(fieldsOf(fieldsOf(values['global'])['proxy'])['clusterDomain'])
    if (domain !== undefined) return { domain, title, isGuess: false }
  }
  for (const object of objects) {
    const domain = domainOfIstiod(object) ?? domainOfDns(object)
    if (domain !== undefined) return { domain, title: titleOf(object), isGuess: false }
  }
  return guessDomain(objects, sources.map(({ config }) => textOf(config['trustDomain'])).find(Boolean))
}

const titleOf = ({ kind, metadata }: KubernetesObject): string =>
  `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`

/** `--domain corp.internal` or `--domain=corp.internal` among the arguments of istiod. */
function domainOfIstiod({ kind, metadata, spec }: KubernetesObject): string | undefined {
  if (kind !== 'Deployment' || !/^istiod(-|$)/.test(metadata.name)) return undefined
  const pod = fieldsOf(fieldsOf(fieldsOf(spec)['template'])['spec'])
  for (const container of listOf(pod['containers']).map(fieldsOf)) {
    const words = textsOf(container['args'])
    const place = words.findIndex(word => word === '--domain' || word.startsWith('--domain='))
    const word = words[place]
    if (word !== undefined) return word === '--domain' ? words[place + 1] : word.slice('--domain='.length)
  }
  return undefined
}

/** kubeadm's own setting, or the zone that CoreDNS answers for. */
function domainOfDns({ kind, apiVersion, metadata, ...object }: KubernetesObject): string | undefined {
  if (kind !== 'ConfigMap' || groupOf(apiVersion) !== '' || metadata.namespace !== 'kube-system')
    return undefined
  const data = fieldsOf(object['data'])
  if (metadata.name === 'kubeadm-config')
    return /^\s*dnsDomain:\s*["']?([\w.-]+)/m.exec(textOf(data['ClusterConfiguration']) ?? '')?.[1]
  return metadata.name === 'coredns'
    ? /^\s*kubernetes\s+([\w-]+(?:\.[\w-]+)*)/m.exec(textOf(data['Corefile']) ?? '')?.[1]
    : undefined
}

const RULES: ReadonlySet<string> = new Set(['VirtualService', 'DestinationRule', 'ServiceEntry', 'Sidecar'])

/**
 * The domain by which rules name Services that are there, where all of them give the same one: two objects, or one
 * whose domain is the trust domain as well, so that one mistyped name is no domain.
 */
function guessDomain(
  objects: readonly KubernetesObject[],
  trustDomain: string | undefined,
): FoundDomain | undefined {
  const names = new Set(
    objects
      .filter(({ kind, apiVersion }) => kind === 'Service' && groupOf(apiVersion) === '')
      .map(({ metadata }) => `${metadata.name}.${metadata.namespace ?? 'default'}`),
  )
  if (names.size === 0) return undefined
  const namedBy = new Map<string, Set<string>>()
  for (const object of objects)
    if (RULES.has(object.kind) && groupOf(object.apiVersion) === 'networking.istio.io')
      for (const host of hostsIn(object.spec)) {
        const [, service = '', domain = ''] = /^([^.*/]+\.[^./]+)\.svc\.([a-z0-9.-]+)$/.exec(host) ?? []
        if (!names.has(service)) continue
        const titles = namedBy.get(domain) ?? new Set()
        namedBy.set(domain, titles.add(titleOf(object)))
      }
  const [only] = namedBy.size === 1 ? namedBy : []
  if (only === undefined || only[0] === 'cluster.local') return undefined
  const [domain, titles] = only
  const [first = ''] = titles
  return titles.size > 1 || domain === trustDomain ? { domain, title: first, isGuess: true } : undefined
}

/** All texts of a value that can be hosts; values of an object are few and small. */
function hostsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length < 254 ? [value.toLowerCase()] : []
  if (Array.isArray(value)) return value.flatMap(hostsIn)
  return Object.entries(fieldsOf(value)).flatMap(([key, item]) =>
    /^(hosts?|destination|route|http|tcp|tls|mirrors?|egress)$/.test(key) ? hostsIn(item) : [],
  )
}
