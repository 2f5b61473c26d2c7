import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { NamedObject } from './named-object.ts'
import { nameObject } from './named-object.ts'
import {
  compact,
  fieldsOf,
  listOf,
  numberOf,
  optionalFields,
  textMapOf,
  textOf,
  textsOf,
} from './fields/read-fields.ts'

export interface GatewayServer {
  readonly index: number
  readonly port: { readonly number: number; readonly name?: string; readonly protocol: string }
  /** As written: `*`, `shop.example.com`, `shop/*.example.com`, `./example.com`. */
  readonly hosts: readonly string[]
  readonly tls: {
    readonly mode?: string
    readonly isHttpsRedirect: boolean
    /** Whether the server has TLS settings at all, if only to redirect. */
    readonly isPresent: boolean
    readonly credentialName?: string
  }
}

export interface Gateway extends NamedObject {
  readonly selector: Readonly<Record<string, string>>
  readonly servers: readonly GatewayServer[]
  /** The only namespace that its proxies are in; absent where they may be in any. */
  readonly proxyNamespace?: string
  /** The listener of the Gateway API, or the Ingress, that istiod makes the Gateway from. */
  readonly source?: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly section: string
  }
}

/** An Istio Gateway of any served version (not the Gateway API's kind of the same name). */
export function readGateway(object: KubernetesObject): Gateway {
  const spec = fieldsOf(object.spec)
  return {
    ...nameObject(object),
    selector: textMapOf(spec['selector']),
    servers: listOf(spec['servers']).map((item, index) => {
      const server = fieldsOf(item)
      const port = fieldsOf(server['port'])
      const tls = fieldsOf(server['tls'])
      return {
        index,
        port: compact({
          number: numberOf(port['number']) ?? 0,
          name: textOf(port['name']),
          protocol: (textOf(port['protocol']) ?? 'HTTP').toUpperCase(),
        }),
        hosts: textsOf(server['hosts']).map(host => host.toLowerCase()),
        tls: compact({
          mode: textOf(tls['mode']),
          isHttpsRedirect: tls['httpsRedirect'] === true,
          isPresent: optionalFields(server['tls']) !== undefined,
          credentialName: textOf(tls['credentialName']),
        }),
      }
    }),
  }
}
