import { destinationRulesFor } from '../../istio/destination-rules-for.ts'
import { hostCovers } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { DestinationRule } from '../../istio/destination-rule.ts'
import { portOf } from '../../istio/service.ts'
import { isExportedTo, visibleServices } from '../../istio/visibility.ts'
import type { ConsideredRule, Destination, ObjectReference, RouteReference } from '../decision.ts'
import type { Caller } from '../request.ts'
import { portsOf } from './mesh-near-misses.ts'
import { missOf, referenceTo, titleOf } from './near-miss.ts'

/** Why a destination is not there, or has no pods: the object that should define it. */
export function destinationNearMisses(
  mesh: Mesh,
  from: Caller,
  { host, port, subset }: Destination,
  route: RouteReference | undefined,
): readonly ConsideredRule[] {
  if (host === '' || isAddress(host)) return []
  const service = visibleServices(mesh, from.namespace).get(host)
  if (service === undefined) return explainHost(mesh, from, host, route)
  if (portOf(service, port) === undefined)
    return [missOf(service, 'spec.ports', `it has no port ${String(port)}, only ${portsOf(service)}`)]
  if (subset === undefined) return []
  const defined = destinationRulesFor(mesh, host, from.namespace, from.labels).subsets.get(subset)
  if (defined === undefined) return explainSubset(mesh, from, host, subset, route)
  const { rule, subset: own } = defined
  const { selector } = service
  const pods = (mesh.podsByNamespace.get(service.namespace) ?? []).filter(
    pod => selector !== undefined && Object.keys(selector).length > 0 && selects(selector, pod.labels),
  )
  if (pods.length === 0 || pods.some(pod => selects(own.labels, pod.labels))) return []
  const index = rule.subsets.indexOf(own)
  const labels = Object.entries(own.labels).map(([key, value]) => `${key}=${value}`)
  return [
    {
      route: referenceTo(rule),
      matched: false,
      reason: `subset ${subset} of ${titleOf(rule)} selects ${labels.join(', ')}, which none of the ${String(pods.length)} pods of ${titleOf(service)} has`,
      field: `spec.subsets[${String(index)}].labels`,
    },
  ]
}

const isAddress = (host: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(host)

function explainHost(
  mesh: Mesh,
  from: Caller,
  host: string,
  route: RouteReference | undefined,
): readonly ConsideredRule[] {
  const hidden = [...mesh.services, ...mesh.serviceEntries].filter(service => service.host === host)
  const found = hidden.map(service =>
    missOf(
      service,
      service.kind === 'Service' ? 'metadata.annotations["networking.istio.io/exportTo"]' : 'spec.exportTo',
      `exportTo ${service.exportTo.map(own => `"${own}"`).join(', ')} leaves out namespace ${from.namespace}`,
    ),
  )
  if (found.length > 0) return found
  const label = host.split('.', 1)[0] ?? ''
  const namesakes = mesh.services.filter(service => service.name === label)
  const place = route === undefined ? undefined : destinationField(mesh, route, host)
  return [
    ...(route === undefined
      ? []
      : [
          {
            route,
            matched: false,
            reason: `there is no service ${host}${place?.isShort === true ? `: "${label}" is completed with the namespace of ${titleOf(route)}` : ''}`,
            field: place?.field ?? ruleField(route),
          },
        ]),
    ...namesakes.map(service =>
      missOf(service, 'metadata.namespace', `its host is ${service.host}, not ${host}`, route),
    ),
  ]
}

/** Where a rule is written. */
const ruleField = ({ kind, rule }: RouteReference): string =>
  kind === 'VirtualService' ? `spec.http[${String(rule)}]` : `spec.rules[${String(rule)}].backendRefs`

/** Where a rule names a destination, and whether it does so by a short name. */
function destinationField(
  mesh: Mesh,
  route: RouteReference,
  host: string,
): { readonly field: string; readonly isShort: boolean } | undefined {
  const owner = mesh.virtualServices.find(
    item => item.kind === route.kind && item.namespace === route.namespace && item.name === route.name,
  )
  const index = owner?.http[route.rule]?.targets.findIndex(target => target.host === host) ?? -1
  if (owner === undefined || index < 0) return undefined
  return {
    field: `spec.http[${String(route.rule)}].route[${String(index)}].destination.host`,
    isShort: host.endsWith(`.${owner.namespace}.svc.${mesh.clusterDomain}`),
  }
}

function explainSubset(
  mesh: Mesh,
  from: Caller,
  host: string,
  subset: string,
  route: RouteReference | undefined,
): readonly ConsideredRule[] {
  const applied = destinationRulesFor(mesh, host, from.namespace, from.labels).rules
  const covering = mesh.destinationRules.filter(rule => hostCovers(rule.host, host))
  const service = visibleServices(mesh, from.namespace).get(host)
  const looked = [...new Set([from.namespace, service?.namespace ?? from.namespace, mesh.rootNamespace])]
  const misses = covering.map(rule =>
    missOf(rule, ...explainRule(rule, subset, from, looked, applied.includes(rule), applied[0])),
  )
  if (misses.length > 0 || route === undefined) return misses
  return [
    {
      route,
      matched: false,
      reason: `no DestinationRule of ${host} defines subset ${subset}`,
      field: `${ruleField(route)}.route`,
    },
  ]
}

function explainRule(
  rule: DestinationRule,
  subset: string,
  from: Caller,
  looked: readonly string[],
  isApplied: boolean,
  winner: DestinationRule | undefined,
): [field: string, reason: string, cause?: ObjectReference] {
  const names = rule.subsets.map(({ name }) => name)
  if (isApplied || (names.length > 0 && !names.includes(subset)))
    return [
      'spec.subsets',
      `it defines ${names.length === 0 ? 'no subsets' : names.join(', ')}, not ${subset}`,
    ]
  if (!looked.includes(rule.namespace))
    return [
      'metadata.namespace',
      `DestinationRules of namespace ${rule.namespace} are not looked up for callers in ${from.namespace}, only those of ${looked.join(', ')}`,
    ]
  if (!isExportedTo(rule.exportTo, rule.namespace, from.namespace))
    return [
      'spec.exportTo',
      `exportTo ${rule.exportTo.map(own => `"${own}"`).join(', ')} leaves out namespace ${from.namespace}`,
    ]
  if (Object.keys(rule.workloadSelector).length > 0 && !selects(rule.workloadSelector, from.labels))
    return ['spec.workloadSelector', `workloadSelector does not select the caller`]
  return winner === undefined
    ? ['spec.host', `it does not count for callers in ${from.namespace}`]
    : ['spec.host', `${titleOf(winner)} is closer to the caller, or has the more specific host`, winner]
}
