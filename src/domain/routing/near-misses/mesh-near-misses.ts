import { compareAge } from '../../istio/named-object.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { MeshService } from '../../istio/service.ts'
import { portOf } from '../../istio/service.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import { isExportedTo, sidecarOf } from '../../istio/visibility.ts'
import { qualifyHost } from '../../istio/host-name.ts'
import { findService } from '../listener/connection.ts'
import type { ConsideredRule } from '../decision.ts'
import { egressScope } from '../listener/egress-scope.ts'
import type { RoutingRequest } from '../request.ts'
import { explainAbsence, findAbsence, isPresent, rulesOf } from '../route/rules.ts'
import { named } from './bound-rule-misses.ts'
import { droppedRules } from './dropped-rules.ts'
import { askedHost, hostField, hostIndex, servicesByName } from './host-relations.ts'
import { missOf, titleOf } from './near-miss.ts'

/** The VirtualServices and services that a request from a workload seems to be for and that do not count for it. */
export function meshNearMisses(
  mesh: Mesh,
  request: RoutingRequest,
  chosen: VirtualService | undefined,
  isKnown: boolean,
): readonly ConsideredRule[] {
  const name = askedHost(request)
  const service = findService(mesh, request.from, name)
  const named = servicesByName(mesh, request.from.namespace, name)
  const names = [
    ...new Set([
      name,
      qualifyHost(name, request.from.namespace, mesh.clusterDomain),
      ...[service, ...named].flatMap(item => item?.host ?? []),
    ]),
  ]
  const rules = mesh.virtualServices.flatMap(item => {
    if (item === chosen) return []
    const index = hostIndex(item, names)
    if (item.isGatewayApi === true)
      return index === undefined ? [] : explainMeshRoute(mesh, request, item, service)
    return index === undefined
      ? explainShortName(item, name)
      : explainRule(mesh, request, item, index, chosen, service)
  })
  const services = isKnown ? [] : named.flatMap(item => explainService(mesh, request, item))
  return [...rules, ...services]
}

/** A short host is completed with the namespace of the VirtualService, not with the caller's. */
function explainShortName(item: VirtualService, name: string): readonly ConsideredRule[] {
  if (name.includes('.')) return []
  return item.hosts.flatMap((host, index) => {
    const { field, text } = hostField(item, index)
    return text === name && host.startsWith(`${name}.`)
      ? [missOf(item, field, `its host "${text}" means ${host}`)]
      : []
  })
}

function explainRule(
  mesh: Mesh,
  request: RoutingRequest,
  item: VirtualService,
  index: number,
  chosen: VirtualService | undefined,
  service: MeshService | undefined,
): readonly ConsideredRule[] {
  const { from, port } = request
  const { field, text } = hostField(item, index)
  if (!isExportedTo(item.exportTo, item.namespace, from.namespace))
    return [
      missOf(
        item,
        'spec.exportTo',
        `exportTo ${item.exportTo.map(own => `"${own}"`).join(', ')} leaves out namespace ${from.namespace}`,
      ),
    ]
  if (!item.gateways.includes('mesh'))
    return [
      missOf(
        item,
        'spec.gateways',
        `gateways names ${item.gateways.join(' and ')} only, and the caller is in the mesh`,
      ),
    ]
  if (!egressScope(mesh, from, port).virtualServices.includes(item)) {
    const sidecar = sidecarOf(mesh, from.namespace, from.labels)
    return [
      missOf(
        item,
        'spec.egress',
        sidecar === undefined
          ? `the caller's proxy does not import host "${text}"`
          : `${titleOf(sidecar)} does not import host "${text}" in its egress hosts`,
        sidecar,
      ),
    ]
  }
  if (item.http.length === 0 && request.tls === 'none' && item.tls.length + item.tcp.length > 0)
    return service !== undefined && portOf(service, port)?.protocol === 'TCP'
      ? []
      : [missOf(item, 'spec.http', 'it has no http rules, and the request is HTTP')]
  if (rulesOf(mesh, item).length === 0) {
    const dropped = droppedRules(mesh, item)
    if (dropped.length > 0) return dropped.map(({ miss }) => miss)
  }
  const absent = rulesOf(mesh, item).every(rule => !isPresent(rule, from, 'mesh', port))
  if (absent) {
    const [first] = rulesOf(mesh, item)
    const why = first === undefined ? undefined : explainAbsence(first.matches, from, 'mesh', port)
    return [
      missOf(item, 'spec.http', `none of its rules is for this caller${why === undefined ? '' : `: ${why}`}`),
    ]
  }
  if (chosen !== undefined) {
    const isSame = chosen.hosts.some(host => host === item.hosts[index])
    const why = isSame
      ? `${titleOf(chosen)} has host "${text}" too and ${compareAge(chosen, item) < 0 ? 'is older' : 'is closer to the caller'}: in the mesh one VirtualService alone has a host`
      : `host "${text}" yields to the more specific host "${specificHost(chosen, request, service)}" of ${titleOf(chosen)}, whose rules alone are asked`
    return [missOf(item, field, why, chosen)]
  }
  if (service === undefined && port !== 80)
    return [
      missOf(
        item,
        field,
        `host "${text}" is no service of the mesh, and such hosts are on port 80 only, not ${String(port)}`,
      ),
    ]
  const own = service === undefined ? undefined : portOf(service, port)
  if (service !== undefined && own === undefined)
    return [missOf(item, field, `${titleOf(service)} has no port ${String(port)}`, service)]
  if (own !== undefined && request.tls !== 'none')
    return [missOf(item, 'spec.http', 'the application itself speaks TLS, so that http rules are not asked')]
  return own === undefined || item.http.length === 0
    ? []
    : [
        missOf(
          item,
          'spec.http',
          `port ${String(port)} of ${titleOf(service ?? item)} is ${own.protocol}, so that http rules are not asked`,
          service,
        ),
      ]
}

/** A route of the Gateway API for a Service: of another port, or of a namespace that is neither side's. */
function explainMeshRoute(
  mesh: Mesh,
  { from, port }: RoutingRequest,
  item: VirtualService,
  service: MeshService | undefined,
): readonly ConsideredRule[] {
  if (!item.gateways.includes('mesh')) return []
  const route = named(item)
  if (service !== undefined && item.namespace !== from.namespace && item.namespace !== service.namespace)
    return [
      missOf(
        route,
        'metadata.namespace',
        `a route in another namespace than ${titleOf(service)} counts for callers in its own namespace only, and the caller is in ${from.namespace}`,
      ),
    ]
  const absences = rulesOf(mesh, item).map(rule => findAbsence(rule.matches, from, 'mesh', port))
  const [first] = absences
  return first?.field === 'port' && absences.every(absence => absence !== undefined)
    ? [missOf(route, 'spec.parentRefs', `its parentRefs name another port: ${first.reason}`)]
    : []
}

const specificHost = (
  chosen: VirtualService,
  request: RoutingRequest,
  service: MeshService | undefined,
): string => {
  const index = hostIndex(chosen, [askedHost(request), ...(service === undefined ? [] : [service.host])])
  return hostField(chosen, index ?? 0).text
}

/** Why a service that the name is meant for is not the one that the caller's proxy finds. */
function explainService(
  mesh: Mesh,
  { from, port, host }: RoutingRequest,
  service: MeshService,
): readonly ConsideredRule[] {
  const exportField =
    service.kind === 'Service' ? 'metadata.annotations["networking.istio.io/exportTo"]' : 'spec.exportTo'
  if (!isExportedTo(service.exportTo, service.namespace, from.namespace))
    return [
      missOf(
        service,
        exportField,
        `exportTo ${service.exportTo.map(own => `"${own}"`).join(', ')} leaves out namespace ${from.namespace}`,
      ),
    ]
  const sidecar = sidecarOf(mesh, from.namespace, from.labels)
  const isImported = egressScope(mesh, from, port).services.some(
    item => item.host === service.host && item.namespace === service.namespace,
  )
  if (sidecar !== undefined && !isImported)
    return [
      missOf(
        service,
        'spec.egress',
        `${titleOf(sidecar)} does not import ${service.host} in its egress hosts`,
        sidecar,
      ),
    ]
  if (portOf(service, port) === undefined)
    return [missOf(service, 'spec.ports', `it has no port ${String(port)}, only ${portsOf(service)}`)]
  return findService(mesh, from, askedHost({ host } as RoutingRequest)) === undefined && !host.includes('.')
    ? [
        missOf(
          service,
          'metadata.namespace',
          `it is in namespace ${service.namespace}, and "${host}" means ${host}.${from.namespace}`,
        ),
      ]
    : []
}

export const portsOf = ({ ports }: MeshService): string =>
  ports.length === 0 ? 'none' : ports.map(({ number }) => String(number)).join(', ')
