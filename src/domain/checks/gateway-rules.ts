import type { Gateway } from '../istio/gateway.ts'
import { intersectHosts } from '../istio/host-name.ts'
import type { Mesh } from '../istio/mesh.ts'
import { selects } from '../istio/named-object.ts'
import type { VirtualService } from '../istio/virtual-service.ts'
import { isExportedTo } from '../istio/visibility.ts'
import { isHttpServer, serverHosts } from '../routing/listener/gateway-servers.ts'
import type { Check, Finding } from './check.ts'

const keyOf = ({ namespace, name }: Pick<Gateway, 'namespace' | 'name'>): string => `${namespace}/${name}`

const ownRules = (mesh: Mesh): readonly VirtualService[] =>
  mesh.virtualServices.filter(item => item.kind === 'VirtualService' && item.isGatewayApi !== true)

/** The namespaces of a Gateway's proxies, as far as the objects know pods or Services of them. */
export function proxyNamespaces(mesh: Mesh, { selector, proxyNamespace }: Gateway): readonly string[] {
  if (proxyNamespace !== undefined) return [proxyNamespace]
  if (Object.keys(selector).length === 0) return []
  return [
    ...new Set([
      ...[...mesh.pods, ...mesh.templates]
        .filter(pod => selects(selector, pod.labels))
        .map(pod => pod.namespace),
      ...mesh.services
        .filter(service => service.selector !== undefined && selects(selector, service.selector))
        .map(service => service.namespace),
    ]),
  ]
}

/** MWB0135: exportTo leaves out the namespace of the gateway's proxies, which therefore never get the rules. */
export const gatewayExports: Check = ({ mesh }) => {
  const gateways = new Map(mesh.gateways.map(gateway => [keyOf(gateway), gateway]))
  return ownRules(mesh).flatMap((item): readonly Finding[] => {
    if (item.exportTo.length === 0) return []
    return item.gateways.flatMap((name): readonly Finding[] => {
      const gateway = gateways.get(name)
      if (gateway === undefined) return []
      const namespaces = proxyNamespaces(mesh, gateway)
      if (namespaces.length === 0 || namespaces.some(own => isExportedTo(item.exportTo, item.namespace, own)))
        return []
      return [
        {
          code: 'MWB0135',
          severity: 'warning',
          object: item.object,
          path: 'spec.exportTo',
          message: `The proxies of Gateway ${name} are in namespace ${namespaces.join(' and ')}, which exportTo leaves out: they do not get these rules`,
          related: { kind: 'Gateway', namespace: gateway.namespace, name: gateway.name },
        },
      ]
    })
  })
}

/** MWB0136: rules for TLS where the gateway ends it, or for HTTP where it passes bytes on, are never asked. */
export const unaskedRules: Check = ({ mesh }) => {
  const gateways = new Map(mesh.gateways.map(gateway => [keyOf(gateway), gateway]))
  return ownRules(mesh).flatMap((item): readonly Finding[] => {
    const bound = item.gateways.map(name => gateways.get(name))
    // In the mesh all lists count, and of a gateway that is not there nothing is known.
    if (bound.length === 0 || bound.includes(undefined)) return []
    const servers = bound.flatMap(gateway =>
      gateway === undefined
        ? []
        : gateway.servers.filter(server =>
            serverHosts(server, gateway, item.namespace).some(host =>
              item.hosts.some(own => intersectHosts(host, own) !== undefined),
            ),
          ),
    )
    if (servers.length === 0) return []
    const readsRequests = servers.some(server => isHttpServer(server) || isEndedHttps(server))
    const passesTls = servers.some(({ tls }) => tls.mode === 'PASSTHROUGH')
    const report = (list: string, message: string): Finding => ({
      code: 'MWB0136',
      severity: 'warning',
      object: item.object,
      path: `spec.${list}`,
      message,
    })
    return [
      ...(item.http.length > 0 && !readsRequests
        ? [
            report(
              'http',
              'No server of the gateways reads requests of these hosts: http rules are not asked, write tls or tcp rules',
            ),
          ]
        : []),
      ...(item.tls.length > 0 && !passesTls
        ? [
            report(
              'tls',
              'No server of the gateways passes TLS of these hosts through: tls rules are not asked, write http or tcp rules',
            ),
          ]
        : []),
    ]
  })
}

const isEndedHttps = ({ port, tls }: Gateway['servers'][number]): boolean =>
  port.protocol === 'HTTPS' && tls.mode !== 'PASSTHROUGH' && tls.mode !== 'AUTO_PASSTHROUGH'

/** MWB0137: a match names gateways that its VirtualService is not bound to; mostly without their namespace. */
export const matchedGateways: Check = ({ mesh }) =>
  ownRules(mesh).flatMap(item =>
    item.hosts.length === 0
      ? []
      : (['http', 'tls', 'tcp'] as const).flatMap(list =>
          item[list].flatMap(rule =>
            rule.matches.flatMap(({ gateways }, index): readonly Finding[] =>
              gateways.length === 0 || gateways.some(name => item.gateways.includes(name))
                ? []
                : [
                    {
                      code: 'MWB0137',
                      severity: 'warning',
                      object: item.object,
                      path: `spec.${list}[${String(rule.index)}].match[${String(index)}].gateways`,
                      message: `The match is for ${gateways.join(' and ')}, and spec.gateways has ${item.gateways.join(' and ')}: it takes nothing`,
                    },
                  ],
            ),
          ),
        ),
  )
