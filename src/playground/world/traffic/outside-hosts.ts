import { memoize } from '../../../domain/istio/memoize.ts'
import type { Gateway, GatewayServer } from '../../../domain/istio/gateway.ts'
import { hostCovers } from '../../../domain/istio/host-name.ts'
import type { Mesh } from '../../../domain/istio/mesh.ts'
import { selects } from '../../../domain/istio/named-object.ts'
import type { VirtualService } from '../../../domain/istio/virtual-service.ts'
import { serverHosts } from '../../../domain/routing/listener/gateway-servers.ts'
import type { Instance } from './instance.ts'
import type { TravellingRequest } from './request.ts'

/** A name that routes answer for at a gateway, and that people outside could therefore ask for. */
export interface OutsideHost {
  readonly gateway: Gateway
  /** Undefined where the routes take any name: then people ask for the address. */
  readonly host?: string
  readonly port: number
  readonly tls: NonNullable<TravellingRequest['tls']>
  readonly paths: readonly string[]
}

/** More would be a load test. */
const MAX_HOSTS = 20

/** All names that VirtualServices, routes of the Gateway API and Ingresses give to the world. */
export const outsideHosts = memoize((mesh: Mesh): readonly OutsideHost[] => {
  const found = new Map<string, OutsideHost>()
  for (const gateway of mesh.gateways)
    for (const virtualService of mesh.virtualServices) {
      if (!virtualService.gateways.includes(`${gateway.namespace}/${gateway.name}`)) continue
      for (const server of gateway.servers)
        for (const host of namesAt(server, gateway, virtualService)) {
          const { number } = server.port
          const paths = pathsOf(virtualService)
          const key = JSON.stringify([gateway.selector, gateway.proxyNamespace, number, host])
          const tls = isTls(server) ? 'simple' : 'none'
          const known = found.get(key)
          if (known === undefined && found.size >= MAX_HOSTS) continue
          found.set(key, {
            gateway,
            ...(host === '*' ? {} : { host }),
            port: number,
            tls,
            paths: [...new Set([...(known?.paths ?? []), ...paths])],
          })
        }
    }
  return [...found.values()]
})

/** Whether a pod runs the gateway. */
export const isProxyOf = (
  { selector, proxyNamespace }: Gateway,
  { proxyMode, namespace, labels }: Instance,
): boolean =>
  proxyMode === 'gateway' &&
  (proxyNamespace === undefined || proxyNamespace === namespace) &&
  selects(selector, labels)

const isTls = ({ port, tls }: GatewayServer): boolean =>
  (port.protocol === 'HTTPS' || port.protocol === 'TLS') && tls.mode !== 'MUTUAL'

/** The names that both the server and the routes have; `*` where both have any. */
function namesAt(
  server: GatewayServer,
  gateway: Gateway,
  { hosts, namespace }: VirtualService,
): readonly string[] {
  const open = serverHosts(server, gateway, namespace)
  const names = hosts.flatMap(host =>
    open.flatMap(own => (hostCovers(own, host) ? [host] : hostCovers(host, own) ? [own] : [])),
  )
  return [...new Set(names)].map(name => (name.startsWith('*.') ? `www${name.slice(1)}` : name))
}

/** A path that each rule would take, as far as its matches tell one. */
function pathsOf({ http }: VirtualService): readonly string[] {
  const paths = http.flatMap(({ matches }) =>
    matches.length === 0
      ? ['/']
      : matches.map(({ uri }) => (uri?.kind === 'exact' || uri?.kind === 'prefix' ? uri.value : '/')),
  )
  return [...new Set(paths.map(path => (path.startsWith('/') ? path : `/${path}`)))].slice(0, 10)
}
