import { intersectHosts } from '../istio/host-name.ts'
import type { NamedObject } from '../istio/named-object.ts'
import { compact, fieldsOf, listOf } from '../istio/fields/read-fields.ts'
import type { ConnectionRule, VirtualService } from '../istio/virtual-service.ts'
import type { Attachment } from './attachment.ts'
import { attachRoute } from './attachment.ts'
import type { ConvertedRoute } from './convert-backends.ts'
import { convertBackends, totalWeight } from './convert-backends.ts'
import type { ConvertedRules } from './convert-http-rules.ts'
import { rulesOf } from './convert-http-rules.ts'
import type { GatewayApiObjects } from './gateway-api-objects.ts'
import { hostnamesOf } from './gateway-api-objects.ts'
import type { Listener } from './listener.ts'
import type { RouteProblem } from './route-problem.ts'

/** Where connections go that no backend may have: a cluster that there is not. */
const NOWHERE = { host: 'internal.cluster.local', subset: 'zero-weight', port: 65_535, weight: 100 }

/** A TLSRoute or TCPRoute; follows `TLSRouteCollection` and `TCPRouteCollection` in istio's route_collections.go. */
export function translateConnectionRoute(
  objects: GatewayApiObjects,
  listeners: readonly Listener[],
  route: NamedObject,
): readonly VirtualService[] {
  if (route.kind !== 'TLSRoute' && route.kind !== 'TCPRoute') return []
  const attached = attachRoute(objects, listeners, route).filter(({ denied }) => denied === undefined)
  return attached.flatMap((attachment, place) => {
    const { rules } = convertConnectionRules({ objects, route, isMesh: attachment.gateway === 'mesh' })
    if (rules.length === 0) return []
    const hosts = servedHosts(objects, attachment, route)
    const isTls = route.kind === 'TLSRoute' && !endsTls(attachment)
    return hosts.map((host, index): VirtualService => {
      const own =
        route.kind === 'TLSRoute' && endsTls(attachment)
          ? passBytes(rules)
          : rules.map(rule => bindRule(rule, attachment, host))
      return {
        ...route,
        name: `${route.name}~${route.kind === 'TLSRoute' ? 'tls' : 'tcp'}~${String(place)}~${String(index)}`,
        hosts: [host],
        gateways: [attachment.gateway],
        exportTo: [],
        isGatewayApi: true,
        http: [],
        tls: isTls ? own : [],
        tcp: isTls ? [] : own,
      }
    })
  })
}

/** Whether the gateway ends TLS itself, so that the rules of a TLSRoute get what it decrypted. */
const endsTls = ({ listener }: Attachment): boolean =>
  listener?.protocol === 'TLS' && listener.tls?.['mode'] !== 'Passthrough'

/**
 * The listener has looked at the server's name already: istiod 1.31 sends a TCP chain with the listener's names. A rule
 * without weights, which has no match, is left out.
 */
const passBytes = (rules: readonly ConnectionRule[]): readonly ConnectionRule[] =>
  rules.filter(({ matches }) => matches.length > 0).map(rule => ({ ...rule, matches: [] }))

function servedHosts(
  objects: GatewayApiObjects,
  { gateway, parent, listener }: Attachment,
  route: NamedObject,
): readonly string[] {
  if (gateway === 'mesh')
    return parent.kind === 'ServiceEntry'
      ? (objects.serviceEntries.get(`${parent.namespace}/${parent.name}`) ?? [])
      : [`${parent.name}.${parent.namespace}.svc.${objects.clusterDomain}`]
  if (route.kind === 'TCPRoute') return ['*']
  const names = hostnamesOf(route)
  const wanted = names.length === 0 ? ['*'] : names
  const own = listener?.hostname ?? ''
  return own === '' ? wanted : wanted.flatMap(name => intersectHosts(name, own) ?? [])
}

/** A rule of the mesh is for its parent's names and port, a gateway's for the names that the listener has too. */
function bindRule(
  rule: ConnectionRule,
  { gateway, port, listener }: Attachment,
  host: string,
): ConnectionRule {
  const isMesh = gateway === 'mesh'
  const own = listener?.hostname ?? ''
  const matches = rule.matches.map(match =>
    compact({
      ...match,
      sniHosts: isMesh
        ? match.sniHosts.length === 1 && match.sniHosts[0] === '*'
          ? [host]
          : match.sniHosts
        : own === ''
          ? match.sniHosts
          : match.sniHosts.flatMap(name => intersectHosts(name, own) ?? []),
      port: isMesh ? port : undefined,
    }),
  )
  const isPortal = isMesh && port !== undefined && matches.length === 0
  return { ...rule, matches: isPortal ? [{ sniHosts: [], port, sourceLabels: {}, gateways: [] }] : matches }
}

/** The rules of a TLSRoute or TCPRoute; `convertTLSRoute` and `convertTCPRoute` in istio's conversion.go. */
export function convertConnectionRules(context: ConvertedRoute): ConvertedRules<ConnectionRule> {
  const { route } = context
  const names = hostnamesOf(route)
  const rules: ConnectionRule[] = []
  let problem: RouteProblem | undefined
  for (const [index, item] of rulesOf(route.object.spec).entries()) {
    const backends = listOf(item['backendRefs']).map(fieldsOf)
    const source = { kind: route.kind, namespace: route.namespace, name: route.name, rule: index }
    if (totalWeight(backends) === 0) {
      rules.push({ index, source, matches: [], targets: [NOWHERE] })
      continue
    }
    const made = convertBackends(context, backends)
    if (made.value === undefined) return compact({ rules: [], problem: made.problem })
    problem = made.problem ?? problem
    const matches =
      route.kind === 'TLSRoute'
        ? [{ sniHosts: names.length === 0 ? ['*'] : names, sourceLabels: {}, gateways: [] }]
        : []
    rules.push({ index, source, matches, targets: made.value })
  }
  return compact({ rules, problem })
}
