import type { Protocol } from '../service.ts'

/** Names of protocols as Istio writes them: `Parse` in istio's pkg/config/protocol/instance.go. */
const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['http', 'HTTP'],
  ['http_proxy', 'HTTP'],
  ['http2', 'HTTP2'],
  ['grpc', 'GRPC'],
  ['grpc-web', 'GRPC'],
  ['https', 'HTTPS'],
  ['tls', 'TLS'],
  ['tcp', 'TCP'],
  ['mongo', 'TCP'],
  ['redis', 'TCP'],
  ['mysql', 'TCP'],
  ['udp', 'UDP'],
])

/** `appProtocol` of Kubernetes itself, which is read as it is written. */
const KUBERNETES_PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['kubernetes.io/h2c', 'HTTP2'],
  ['kubernetes.io/ws', 'HTTP'],
  ['kubernetes.io/wss', 'HTTPS'],
])

/** SMTP, DNS, MySQL, MongoDB: there the server speaks first, so that what comes cannot be looked at. */
const SERVER_FIRST_PORTS: ReadonlySet<number> = new Set([25, 53, 3306, 27017])

/**
 * The protocol of a Service's port: `appProtocol` in the place of the name, of which the part before the first hyphen
 * counts. An `appProtocol` that is there but empty, or unknown, leaves nothing to the name.
 * Source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ and
 * `ConvertProtocol` in istio's pkg/kube/kube.go (server-first ports).
 */
export function readPortProtocol(number: number, name: string, appProtocol: string | undefined): Protocol {
  const standard = appProtocol === undefined ? undefined : KUBERNETES_PROTOCOLS.get(appProtocol)
  if (standard !== undefined) return standard
  const text = (appProtocol ?? name).toLowerCase()
  const prefix = text.startsWith('grpc-web') ? 'grpc-web' : (text.split('-', 1)[0] ?? '')
  return PROTOCOLS.get(prefix) ?? (SERVER_FIRST_PORTS.has(number) ? 'TCP' : 'detected')
}

/**
 * The protocol that a ServiceEntry's port names; its name and number say nothing.
 * Source: https://istio.io/latest/docs/reference/config/networking/service-entry/#ServicePort
 */
export const readEntryProtocol = (protocol: string | undefined): Protocol =>
  PROTOCOLS.get((protocol ?? '').toLowerCase()) ?? 'detected'
