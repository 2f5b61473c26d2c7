import { isRecord } from '../../is-record.ts'
import { groupBy } from '../../group-by.ts'
import type { LocalCluster, PortMapping } from './local-cluster.ts'
import { contextOf } from './local-cluster.ts'

/** A container of an engine, as far as clusters are concerned. */
export interface EngineContainer {
  readonly name: string
  readonly isRunning: boolean
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly ports: readonly PortMapping[]
}

export const KIND_CLUSTER_LABEL = 'io.x-k8s.kind.cluster'
export const KIND_ROLE_LABEL = 'io.x-k8s.kind.role'

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** `a=b,c=d` of Docker; a map in Podman. */
function readLabels(value: unknown): EngineContainer['labels'] {
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, textOf(text)]))
  const pairs = textOf(value)
    .split(',')
    .map(pair => pair.split('='))
  return Object.fromEntries(pairs.map(([name = '', ...rest]) => [name, rest.join('=')]))
}

/** `127.0.0.1:80->30080/tcp, 6443/tcp` of Docker; a list of mappings in Podman. */
function readPorts(value: unknown): readonly PortMapping[] {
  if (Array.isArray(value))
    return value.filter(isRecord).flatMap(each => {
      const [host, node] = [Number(each['host_port']), Number(each['container_port'])]
      return host > 0 && node > 0 ? [{ host, node }] : []
    })
  return [...textOf(value).matchAll(/:(\d+)->(\d+)\/tcp/g)].map(([, host, node]) => ({
    host: Number(host),
    node: Number(node),
  }))
}

function readOne(value: unknown): readonly EngineContainer[] {
  if (!isRecord(value)) return []
  const names: unknown = value['Names']
  const name = Array.isArray(names) ? textOf(names[0]) : textOf(names).split(',')[0]
  if (name === undefined || name === '') return []
  return [
    {
      name,
      isRunning: textOf(value['State']).toLowerCase() === 'running',
      image: textOf(value['Image']),
      labels: readLabels(value['Labels']),
      ports: readPorts(value['Ports']),
    },
  ]
}

/** What `docker ps --format '{{json .}}'` (an object a line) or `podman ps --format json` (one list) prints. */
export function readContainers(output: string): readonly EngineContainer[] {
  const text = output.trim()
  const parts = text.startsWith('[') ? [text] : text.split('\n')
  return parts.flatMap(part => {
    if (part.trim() === '') return []
    const parsed = JSON.parse(part) as unknown
    return Array.isArray(parsed) ? parsed.flatMap(readOne) : readOne(parsed)
  })
}

/** The kind clusters that these containers are nodes of. The external load balancer is no node. */
export function findKindClusters(
  containers: readonly EngineContainer[],
  engine: string,
): readonly LocalCluster[] {
  const byName = groupBy(
    containers.filter(({ labels }) => (labels[KIND_CLUSTER_LABEL] ?? '') !== ''),
    ({ labels }) => labels[KIND_CLUSTER_LABEL] ?? '',
  )
  return [...byName].map(([name, all]) => {
    const nodes = all.filter(({ labels }) => labels[KIND_ROLE_LABEL] !== 'external-load-balancer')
    const running = all.filter(({ isRunning }) => isRunning).length
    const kubernetes = /kindest\/node:v([\d.]+)/.exec(nodes[0]?.image ?? '')?.[1]
    return {
      provider: 'kind',
      name,
      context: contextOf('kind', name),
      state: running === all.length ? 'running' : running === 0 ? 'stopped' : 'partly',
      nodes: nodes.length,
      engine,
      // The API server's own port is no way in for users.
      ports: all.flatMap(({ ports }) => ports.filter(({ node }) => node !== 6443)),
      ...(kubernetes === undefined ? {} : { kubernetes }),
    }
  })
}
