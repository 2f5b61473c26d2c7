import { groupOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { ServedType } from '../../../shared/contract/resources.ts'
import type { TableColumn } from '../../ui/data-table.ts'
import { podStatus } from './pod-status.ts'
import { readColumn, readList, readNumber, readPath, readText, showValue } from './read-path.ts'
import { isRoutedKind } from '../../state/routed-kinds.ts'

type Column = TableColumn<KubernetesObject>

const NAME: Column = {
  id: 'name',
  title: 'Name',
  width: 'minmax(180px, 2fr)',
  isMono: true,
  text: ({ metadata }) => metadata.name,
}
const NAMESPACE: Column = {
  id: 'namespace',
  title: 'Namespace',
  width: 'minmax(90px, 1fr)',
  text: ({ metadata }) => metadata.namespace ?? '',
}
const createdAt = ({ metadata }: KubernetesObject): number =>
  Date.parse(metadata.creationTimestamp ?? '') || 0
/** Its cell is drawn by the view, which has the clock. */
const AGE: Column = {
  id: 'age',
  title: 'Age',
  width: '64px',
  align: 'end',
  text: ({ metadata }) => metadata.creationTimestamp ?? '',
  sortBy: object => -createdAt(object),
}

const column = (
  id: string,
  title: string,
  width: string,
  text: Column['text'],
  more: Partial<Pick<Column, 'align' | 'isMono' | 'sortBy'>> = {},
): Column => ({ id, title, width, text, ...more })

const list = (values: readonly unknown[]): string => values.map(showValue).join(', ')
const atPath =
  (...path: readonly (string | number)[]) =>
  (object: KubernetesObject): string =>
    readText(object, ...path)
const listAtPath =
  (...path: readonly (string | number)[]) =>
  (object: KubernetesObject): string =>
    list(readList(object, ...path))
const figure = (
  id: string,
  title: string,
  width: string,
  read: (object: KubernetesObject) => number,
): Column => column(id, title, width, object => String(read(object)), { align: 'end', sortBy: read })

const readyOfDesired = (object: KubernetesObject): string =>
  `${readNumber(object, 'status', 'readyReplicas')}/${readText(object, 'spec', 'replicas') || '1'}`

function servicePorts(object: KubernetesObject): string {
  return readList(object, 'spec', 'ports')
    .map(port => {
      const node = readText(port, 'nodePort')
      return `${readText(port, 'port')}${node === '' ? '' : `:${node}`}/${readText(port, 'protocol') || 'TCP'}`
    })
    .join(', ')
}

function routesOf(object: KubernetesObject): string {
  const kinds = ['http', 'tls', 'tcp'] as const
  return kinds
    .map(kind => ({ kind, count: readList(object, 'spec', kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`)
    .join(', ')
}

const gatewayServers = (object: KubernetesObject): string =>
  readList(object, 'spec', 'servers')
    .map(server => `${readText(server, 'port', 'protocol')} ${readText(server, 'port', 'number')}`)
    .join(', ')
const selectorOf =
  (...path: readonly string[]) =>
  (object: KubernetesObject): string =>
    Object.entries(readPath(object, ...path) ?? {})
      .map(([name, value]) => `${name}=${showValue(value)}`)
      .join(', ')
const conditionOf =
  (type: string) =>
  (object: KubernetesObject): string =>
    readColumn(object, `.status.conditions[?(@.type=="${type}")].status`)

const WIDE = 'minmax(140px, 1.5fr)'
const READY = column('ready', 'Ready', '72px', readyOfDesired, { align: 'end' })

const BY_KIND: Readonly<Record<string, readonly Column[]>> = {
  '/Pod': [
    column('ready', 'Ready', '64px', pod => `${podStatus(pod).ready}/${podStatus(pod).containers}`, {
      align: 'end',
    }),
    column('status', 'Status', 'minmax(110px, 1fr)', pod => podStatus(pod).text),
    figure('restarts', 'Restarts', '76px', pod => podStatus(pod).restarts),
    column('ip', 'IP', '112px', atPath('status', 'podIP'), { isMono: true }),
    column('node', 'Node', 'minmax(90px, 1fr)', atPath('spec', 'nodeName')),
  ],
  'apps/Deployment': [
    READY,
    figure('updated', 'Up to date', '88px', object => readNumber(object, 'status', 'updatedReplicas')),
    figure('available', 'Available', '84px', object => readNumber(object, 'status', 'availableReplicas')),
    column('images', 'Images', WIDE, object =>
      list(
        readList(object, 'spec', 'template', 'spec', 'containers').map(container =>
          readText(container, 'image'),
        ),
      ),
    ),
  ],
  'apps/ReplicaSet': [
    figure('desired', 'Desired', '76px', object => readNumber(object, 'spec', 'replicas')),
    figure('ready', 'Ready', '64px', object => readNumber(object, 'status', 'readyReplicas')),
    column('owner', 'Owner', WIDE, atPath('metadata', 'ownerReferences', 0, 'name')),
  ],
  'apps/StatefulSet': [READY],
  'apps/DaemonSet': [
    figure('desired', 'Desired', '76px', object => readNumber(object, 'status', 'desiredNumberScheduled')),
    figure('ready', 'Ready', '64px', object => readNumber(object, 'status', 'numberReady')),
  ],
  'batch/Job': [
    figure('succeeded', 'Succeeded', '88px', object => readNumber(object, 'status', 'succeeded')),
    figure('failed', 'Failed', '64px', object => readNumber(object, 'status', 'failed')),
  ],
  '/Service': [
    column('type', 'Type', '104px', atPath('spec', 'type')),
    column('clusterIP', 'Cluster IP', '116px', atPath('spec', 'clusterIP'), { isMono: true }),
    column('ports', 'Ports', 'minmax(110px, 1fr)', servicePorts, { isMono: true }),
    column('selector', 'Selector', WIDE, selectorOf('spec', 'selector'), { isMono: true }),
  ],
  'discovery.k8s.io/EndpointSlice': [
    column('addressType', 'Type', '72px', atPath('addressType')),
    column('endpoints', 'Endpoints', WIDE, object =>
      list(readList(object, 'endpoints').flatMap(endpoint => readList(endpoint, 'addresses'))),
    ),
  ],
  '/Namespace': [
    column('phase', 'Status', '90px', atPath('status', 'phase')),
    column(
      'injection',
      'Injection',
      '110px',
      ({ metadata }) => metadata.labels?.['istio.io/rev'] ?? metadata.labels?.['istio-injection'] ?? '–',
    ),
  ],
  '/Node': [
    column('ready', 'Ready', '72px', conditionOf('Ready')),
    column('version', 'Version', '100px', atPath('status', 'nodeInfo', 'kubeletVersion')),
  ],
  '/ConfigMap': [
    figure('keys', 'Keys', '64px', object => Object.keys(readPath(object, 'data') ?? {}).length),
  ],
  '/Secret': [
    column('type', 'Type', WIDE, atPath('type')),
    figure('keys', 'Keys', '64px', object => Object.keys(readPath(object, 'data') ?? {}).length),
  ],
  'networking.istio.io/VirtualService': [
    column('hosts', 'Hosts', WIDE, listAtPath('spec', 'hosts')),
    column(
      'gateways',
      'Gateways',
      'minmax(100px, 1fr)',
      object => listAtPath('spec', 'gateways')(object) || 'mesh',
    ),
    column('routes', 'Rules', '96px', routesOf),
  ],
  'networking.istio.io/DestinationRule': [
    column('host', 'Host', WIDE, atPath('spec', 'host')),
    column('subsets', 'Subsets', 'minmax(100px, 1fr)', object =>
      list(readList(object, 'spec', 'subsets').map(subset => readText(subset, 'name'))),
    ),
  ],
  'networking.istio.io/Gateway': [
    column('servers', 'Servers', 'minmax(120px, 1fr)', gatewayServers),
    column('hosts', 'Hosts', WIDE, object =>
      list(readList(object, 'spec', 'servers').flatMap(server => readList(server, 'hosts'))),
    ),
    column('selector', 'Selector', WIDE, selectorOf('spec', 'selector'), { isMono: true }),
  ],
  'networking.istio.io/ServiceEntry': [
    column('hosts', 'Hosts', WIDE, listAtPath('spec', 'hosts')),
    column('location', 'Location', '130px', atPath('spec', 'location')),
    column('resolution', 'Resolution', '100px', atPath('spec', 'resolution')),
  ],
  'security.istio.io/PeerAuthentication': [
    column('mode', 'Mutual TLS', '110px', object => readText(object, 'spec', 'mtls', 'mode') || 'inherited'),
    column('selector', 'Selector', WIDE, selectorOf('spec', 'selector', 'matchLabels'), { isMono: true }),
  ],
  'security.istio.io/AuthorizationPolicy': [
    column('action', 'Action', '90px', object => readText(object, 'spec', 'action') || 'ALLOW'),
    column('rules', 'Rules', '64px', object => String(readList(object, 'spec', 'rules').length), {
      align: 'end',
    }),
    column('selector', 'Selector', WIDE, selectorOf('spec', 'selector', 'matchLabels'), { isMono: true }),
  ],
  'gateway.networking.k8s.io/Gateway': [
    column('class', 'Class', '110px', atPath('spec', 'gatewayClassName')),
    column('addresses', 'Address', WIDE, object =>
      list(readList(object, 'status', 'addresses').map(address => readText(address, 'value'))),
    ),
    column('programmed', 'Programmed', '100px', conditionOf('Programmed')),
  ],
  'gateway.networking.k8s.io/HTTPRoute': [
    column('hostnames', 'Hostnames', WIDE, listAtPath('spec', 'hostnames')),
    column('parents', 'Parents', 'minmax(100px, 1fr)', object =>
      list(readList(object, 'spec', 'parentRefs').map(parent => readText(parent, 'name'))),
    ),
    figure('rules', 'Rules', '64px', object => readList(object, 'spec', 'rules').length),
  ],
}

/** What the list of a type shows: what users of kubectl expect, or what the CRD itself says. */
export function columnsOf(type: ServedType): readonly Column[] {
  const own = BY_KIND[`${type.group}/${type.kind}`] ?? printerColumns(type)
  return [NAME, ...(type.isNamespaced ? [NAMESPACE] : []), ...own, AGE]
}

function printerColumns({ columns }: ServedType): readonly Column[] {
  return columns
    .filter(({ name, path }) => name.toLowerCase() !== 'age' && path !== '.metadata.creationTimestamp')
    .slice(0, 6)
    .map(({ name, type, path }) =>
      column(`printed-${name}`, name, 'minmax(90px, 1fr)', object => readColumn(object, path), {
        ...(type === 'integer' || type === 'number'
          ? {
              align: 'end' as const,
              sortBy: (object: KubernetesObject) => Number(readColumn(object, path)) || 0,
            }
          : {}),
      }),
    )
}

/** Whether every word is found in the name, the namespace, a label or a shown cell. */
export function isFound(
  object: KubernetesObject,
  columns: readonly Column[],
  words: readonly string[],
): boolean {
  if (words.length === 0) return true
  const labels = Object.entries(object.metadata.labels ?? {}).map(([name, value]) => `${name}=${value}`)
  const text = [...columns.map(shown => shown.text(object)), ...labels].join('\n').toLowerCase()
  return words.every(word => text.includes(word))
}

/** Whether the Routing view opens objects of this type. */
export const isRouted = ({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): boolean =>
  isRoutedKind(groupOf(apiVersion), kind)
