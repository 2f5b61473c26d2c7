import type { Random } from './random.ts'
import { istio, metadata, namespaces } from './world.ts'
import type { Fields } from './world.ts'

/** A server that requests may go to: its port, and the route configuration that istiod makes for it. */
export interface KnownServer {
  readonly port: number
  readonly route: string
  readonly isTls: boolean
  readonly hosts: readonly string[]
}

export const gatewayHosts = ['a.com', 'b.com', 'x.a.com', '*.a.com', '*.com', '*', 'shop.b.com'] as const
const secureHosts = [['s1.com'], ['*.s2.com', 's2.com'], ['s3.com', 'x.s3.com']] as const

export interface GeneratedGateways {
  readonly objects: readonly Fields[]
  readonly gateways: readonly { readonly namespace: string; readonly name: string }[]
  readonly servers: readonly KnownServer[]
}

/** Gateways of one workload, and its Service, whose target ports may differ from its ports. */
export function generateGateways(random: Random): GeneratedGateways {
  const isShifted = random.isTrue(0.5)
  const target = (port: number): number => (isShifted && port < 1000 ? port + 8000 : port)
  const secure = random.sample(secureHosts, 3)
  const servers: KnownServer[] = []
  const gateways: { namespace: string; name: string }[] = []
  const objects = random.repeat(1, 3, index => {
    const namespace = random.pick(namespaces)
    const name = `edge-${String(index)}`
    gateways.push({ namespace, name })
    const isElsewhere = random.isTrue(0.08)
    return {
      ...istio(random, 'Gateway'),
      metadata: metadata(random, name, namespace),
      spec: {
        selector: isElsewhere
          ? { istio: 'other' }
          : random.pick([{ istio: 'ingressgateway' }, { istio: 'ingressgateway', app: 'gw' }]),
        servers: random.repeat(1, 3, server => {
          const hosts = secure.length > 0 && !isElsewhere && random.isTrue(0.25) ? secure.pop() : undefined
          const portName = `p${String(server)}`
          if (hosts !== undefined) {
            servers.push({
              port: 443,
              route: `https.443.${portName}.${name}.${namespace}`,
              isTls: true,
              hosts,
            })
            return {
              port: { number: 443, name: portName, protocol: 'HTTPS' },
              hosts: hosts.map(host => (random.isTrue(0.2) ? `*/${host}` : host)),
              tls: { mode: 'SIMPLE', credentialName: 'cert' },
            }
          }
          const number = random.pick([80, 80, 8080])
          const plain = random.sample(gatewayHosts, 1 + random.below(2))
          // istiod 1.31 ends where a server names `*/*` among other hosts.
          const scopes = plain.length > 1 ? ['.', 'shop', 'default'] : ['.', '*', 'shop', 'default']
          servers.push({ port: number, route: `http.${String(target(number))}`, isTls: false, hosts: plain })
          return {
            port: { number, name: portName, protocol: random.pick(['HTTP', 'HTTP', 'HTTP2', 'GRPC']) },
            hosts: plain.map(host => (random.isTrue(0.25) ? `${random.pick(scopes)}/${host}` : host)),
            ...random.maybe(0.12, () => ({ tls: { httpsRedirect: true } })),
          }
        }),
      },
    }
  })
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'gw', namespace: 'istio-system', creationTimestamp: '2025-01-01T00:00:00Z' },
    spec: {
      clusterIP: '10.97.0.1',
      selector: { istio: 'ingressgateway' },
      ports: [80, 8080, 443].map(port => ({
        port,
        name: `p-${String(port)}`,
        targetPort: port === 443 ? 443 : target(port),
      })),
    },
  }
  return { objects: [...(isShifted || random.isTrue(0.5) ? [service] : []), ...objects], gateways, servers }
}
