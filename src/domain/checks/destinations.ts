import { groupBy } from '../group-by.ts'
import { destinationRulesFor } from '../istio/destination-rules-for.ts'
import { hostCovers, isWildcard } from '../istio/host-name.ts'
import { memoize } from '../istio/memoize.ts'
import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import type { MeshService } from '../istio/service.ts'
import { portOf } from '../istio/service.ts'
import type { RouteTarget, VirtualService } from '../istio/virtual-service.ts'
import { isExportedTo } from '../istio/visibility.ts'
import { droppedRules } from '../routing/near-misses/dropped-rules.ts'
import type { Check, Finding } from './check.ts'
import { proxyNamespaces } from './gateway-rules.ts'

const wildcards = memoize((mesh: Mesh) => [...mesh.registry.values()].filter(({ host }) => isWildcard(host)))

/** Several ServiceEntries may share a host, each with other ports. */
const servicesByHost = memoize((mesh: Mesh) =>
  groupBy([...mesh.services, ...mesh.serviceEntries], service => service.host),
)

/** The service of a host, an entry for a wildcard included; undefined where the mesh has none. */
export const serviceOf = (mesh: Mesh, host: string): MeshService | undefined =>
  mesh.registry.get(host) ?? wildcards(mesh).find(service => hostCovers(service.host, host))

/** The host as somebody would write it in a namespace. */
export const shortHost = (mesh: Mesh, host: string, namespace: string): string => {
  const end = `.${namespace}.svc.${mesh.clusterDomain}`
  return host.endsWith(end) ? host.slice(0, -end.length) : host
}

interface Place {
  readonly target: Omit<RouteTarget, 'weight'>
  readonly path: string
}

function targetsOf({ http, tls, tcp }: VirtualService): readonly Place[] {
  const lists = [
    ...http.map(rule => ({ rule, path: `spec.http[${String(rule.index)}]` })),
    ...tls.map(rule => ({ rule, path: `spec.tls[${String(rule.index)}]` })),
    ...tcp.map(rule => ({ rule, path: `spec.tcp[${String(rule.index)}]` })),
  ]
  return lists.flatMap(({ rule, path }) =>
    rule.targets.map((target, index) => ({ target, path: `${path}.route[${String(index)}].destination` })),
  )
}

/** IST0101 for hosts, ports and subsets that are not there; the same for subsets without pods. */
export const destinations: Check = ({ mesh }) =>
  mesh.virtualServices.flatMap(item =>
    item.kind !== 'VirtualService' || item.isGatewayApi === true
      ? []
      : targetsOf(item).flatMap(place => checkTarget(mesh, item, place)),
  )

function checkTarget(mesh: Mesh, item: VirtualService, { target, path }: Place): readonly Finding[] {
  const { host, subset, port } = target
  const report = (code: string, severity: Finding['severity'], field: string, message: string): Finding[] => [
    { code, severity, object: item.object, path: `${path}.${field}`, message },
  ]
  // Files without any Service do not tell which there are.
  if (host === '' || host.startsWith('.') || mesh.services.length + mesh.serviceEntries.length === 0)
    return []
  const name = shortHost(mesh, host, item.namespace)
  const service = serviceOf(mesh, host)
  if (service === undefined)
    return report('IST0101', 'error', 'host', `There is no Service ${name} in namespace ${item.namespace}`)
  const sharing = servicesByHost(mesh).get(service.host) ?? [service]
  const hasPorts = sharing.some(({ ports }) => ports.length > 0)
  if (port !== undefined && hasPorts && sharing.every(each => portOf(each, port) === undefined))
    return report('IST0101', 'error', 'port.number', `Service ${name} has no port ${String(port)}`)
  const callers = callersOf(mesh, item)
  const isSeen = (namespace: string): boolean =>
    sharing.some(each => isExportedTo(each.exportTo, each.namespace, namespace))
  if (callers.length > 0 && !callers.some(isSeen))
    return report(
      'IST0101',
      'warning',
      'host',
      `${service.kind} ${service.namespace}/${service.name} is not exported to namespace ${callers.join(' or ')}: requests of callers there get 503`,
    )
  if (subset === undefined) return []
  const found = subsetFor(mesh, item.namespace, service, host, subset)
  if (found === undefined) {
    const near = mesh.destinationRules.find(
      rule => hostCovers(rule.host, host) && rule.subsets.some(own => own.name === subset),
    )
    return report(
      'IST0101',
      'error',
      'subset',
      `No DestinationRule of ${name} defines subset ${subset}${near === undefined ? '' : ` for these callers: ${near.namespace}/${near.name} does, and does not count here by its namespace, exportTo or workloadSelector`}`,
    )
  }
  const pods = podsBehind(mesh, service)
  return pods === undefined || pods.some(labels => selects(found, labels))
    ? []
    : report(
        'KIA0203',
        'warning',
        'subset',
        `Subset ${subset} selects no pod: its requests are answered with 503`,
      )
}

/** The namespaces whose proxies have the rules: as far as the objects tell. */
function callersOf(mesh: Mesh, { gateways, exportTo, namespace }: VirtualService): readonly string[] {
  const named = exportTo.filter(own => own !== '*').map(own => (own === '.' ? namespace : own))
  const inMesh = named.length > 0 && !exportTo.includes('*') ? named : [namespace]
  return [
    ...new Set(
      gateways.flatMap(name => {
        if (name === 'mesh') return inMesh
        const gateway = mesh.gateways.find(own => `${own.namespace}/${own.name}` === name)
        return gateway === undefined ? [] : proxyNamespaces(mesh, gateway)
      }),
    ),
  ]
}

/** The labels of a subset as callers see it: those of the rule's namespace, of the service's, or of another caller's. */
function subsetFor(
  mesh: Mesh,
  namespace: string,
  service: MeshService,
  host: string,
  subset: string,
): Readonly<Record<string, string>> | undefined {
  for (const caller of new Set([namespace, service.namespace, mesh.rootNamespace])) {
    const found = destinationRulesFor(mesh, host, caller).subsets.get(subset)
    if (found !== undefined) return found.subset.labels
  }
  // A rule with a workloadSelector defines it for some callers.
  const selective = mesh.destinationRules.filter(
    rule => Object.keys(rule.workloadSelector).length > 0 && hostCovers(rule.host, host),
  )
  return selective.flatMap(rule => rule.subsets).find(({ name }) => name === subset)?.labels
}

/** The labels of the pods behind a service; undefined where the objects know none, as files mostly do. */
export function podsBehind(
  mesh: Mesh,
  service: MeshService,
): readonly Readonly<Record<string, string>>[] | undefined {
  const { selector } = service
  if (selector === undefined || Object.keys(selector).length === 0 || service.isExternal) return undefined
  const pods = (mesh.podsByNamespace.get(service.namespace) ?? []).filter(pod =>
    selects(selector, pod.labels),
  )
  return pods.length === 0 ? undefined : pods.map(({ labels }) => labels)
}

/** IST0101 for delegates that are not there, MWB0101 for rules of delegates that are dropped. */
export const delegates: Check = ({ mesh }) =>
  mesh.virtualServices.flatMap(root =>
    droppedRules(mesh, root).flatMap(({ rootRule, miss }): readonly Finding[] => {
      const { route, reason } = miss
      const delegate = mesh.virtualServices.find(
        item => item.namespace === route.namespace && item.name === route.name,
      )
      const path = `spec.http[${String(rootRule)}].delegate`
      if (delegate === undefined)
        return [
          {
            code: 'IST0101',
            severity: 'error',
            object: root.object,
            path,
            message: `There is no VirtualService ${route.namespace}/${route.name} to delegate to`,
          },
        ]
      const common = { code: 'MWB0101', severity: 'warning' } as const
      const ruleNumber = route.rule === undefined ? '' : `Rule ${String(route.rule + 1)} of `
      return [
        {
          ...common,
          object: root.object,
          path,
          message: `${ruleNumber}VirtualService ${route.namespace}/${route.name} is left out here: ${reason}`,
          related: { kind: 'VirtualService', namespace: route.namespace, name: route.name },
        },
        {
          ...common,
          object: delegate.object,
          path:
            route.rule === undefined
              ? (miss.field ?? 'spec')
              : `spec.http[${String(route.rule)}]${route.match === undefined ? '' : `.match[${String(route.match)}]`}`,
          message: `Left out by VirtualService ${root.namespace}/${root.name}: ${reason}`,
          related: { kind: 'VirtualService', namespace: root.namespace, name: root.name },
        },
      ]
    }),
  )
