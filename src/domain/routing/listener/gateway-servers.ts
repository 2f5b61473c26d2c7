import type { Gateway, GatewayServer } from '../../istio/gateway.ts'
import { memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { selects } from '../../istio/named-object.ts'
import type { Caller } from '../request.ts'

/** A server that the proxy runs, and the Gateway it is of. */
export interface OpenServer {
  readonly gateway: Gateway
  readonly server: GatewayServer
}

/** Whether the server expects a TLS handshake. */
export const isSecure = ({ port }: GatewayServer): boolean =>
  port.protocol === 'HTTPS' || port.protocol === 'TLS'

/** Whether the server reads requests without TLS. */
export const isHttpServer = ({ port }: GatewayServer): boolean =>
  port.protocol === 'HTTP' ||
  port.protocol === 'HTTP2' ||
  port.protocol === 'GRPC' ||
  port.protocol === 'GRPC-WEB'

/** The hosts of a server for VirtualServices of a namespace: `shop/host` for one namespace, `./host` for the Gateway's own. */
export function serverHosts(server: GatewayServer, gateway: Gateway, namespace: string): readonly string[] {
  return server.hosts.flatMap(text => {
    const slash = text.indexOf('/')
    if (slash < 0) return [text]
    const allowed = text.slice(0, slash)
    const isAllowed =
      allowed === '*' || allowed === namespace || (allowed === '.' && gateway.namespace === namespace)
    return isAllowed ? [text.slice(slash + 1)] : []
  })
}

/**
 * The servers on a port, of all Gateways that select the proxy, in whatever namespace these are; oldest first. A
 * server that cannot share the port with an earlier one is left out: one of another protocol, and one with TLS
 * settings, if only to redirect, that names a host again. Source: `mergeGateways` in istio's pilot/pkg/model/gateway.go.
 */
export const serversOnPort = memoizeByKey(
  ({ namespace, labels }: Caller, port: number) => `${namespace} ${String(port)} ${JSON.stringify(labels)}`,
  (mesh: Mesh, caller: Caller, port: number): readonly OpenServer[] => {
    const listenerPort = podPort(mesh, caller, port)
    const taken = new Set<string>()
    let plain: GatewayServer | undefined
    return mesh.gateways
      .filter(
        ({ selector, proxyNamespace = caller.namespace }) =>
          proxyNamespace === caller.namespace && selects(selector, caller.labels),
      )
      .flatMap(gateway => gateway.servers.map(server => ({ gateway, server })))
      .filter(({ gateway, server }) => {
        if (podPort(mesh, caller, server.port.number) !== listenerPort) return false
        if (server.tls.isPresent) {
          const hosts = server.hosts.map(host => scopeHost(host, gateway.namespace))
          if (hosts.some(host => taken.has(host))) return false
          for (const host of hosts) taken.add(host)
        }
        if (plain !== undefined) return isHttpServer(plain) && isHttpServer(server)
        if (!isSecure(server)) plain = server
        return true
      })
  },
)

/** A server's host with the namespace that it is for; without one where it is for all. */
export const scopeHost = (host: string, namespace: string): string =>
  host.replace(/^\*\//, '').replace(/^\.\//, `${namespace}/`)

/**
 * Gateways name the ports of their Service; the pod listens on the target port. A port that the Service does not
 * have is the pod's own. Source: `MergeGateways` in istio's pilot/pkg/model/gateway.go.
 */
export function podPort(mesh: Mesh, caller: Caller, number: number): number {
  for (const service of mesh.services) {
    if (service.namespace !== caller.namespace || service.selector === undefined) continue
    if (Object.keys(service.selector).length === 0 || !selects(service.selector, caller.labels)) continue
    const port = service.ports.find(item => item.number === number)
    if (typeof port?.targetPort === 'number') return port.targetPort
  }
  return number
}
