import { expect, test } from 'vitest'
import { readEntryProtocol, readPortProtocol } from './read-protocol.ts'
import type { Protocol } from '../service.ts'

// Each row is what istiod 1.31 makes of the port: a listener for HTTP that all services of the port share (HTTP, HTTP2,
// GRPC), one of the service's own that looks at what comes (detected), or one for bytes (HTTPS, TLS, TCP).
// Source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/#explicit-protocol-selection
test.each<[string, string | undefined, number, Protocol]>([
  ['http', undefined, 80, 'HTTP'],
  ['http-web', undefined, 80, 'HTTP'],
  ['HTTP-Web', undefined, 80, 'HTTP'],
  ['http2-web', undefined, 80, 'HTTP2'],
  ['grpc', undefined, 80, 'GRPC'],
  ['grpc-web', undefined, 80, 'GRPC'],
  ['grpc-web-page', undefined, 80, 'GRPC'],
  ['http_proxy', undefined, 80, 'HTTP'],
  ['https-web', undefined, 80, 'HTTPS'],
  ['tls', undefined, 80, 'TLS'],
  ['tcp-db', undefined, 80, 'TCP'],
  ['mongo', undefined, 80, 'TCP'],
  ['redis-cache', undefined, 80, 'TCP'],
  ['mysql', undefined, 80, 'TCP'],
  ['udp', undefined, 80, 'UDP'],
  // Only what is before a hyphen is the protocol.
  ['httpx', undefined, 80, 'detected'],
  ['http_x', undefined, 80, 'detected'],
  ['web', undefined, 80, 'detected'],
  ['', undefined, 80, 'detected'],
  // "appProtocol takes precedence over the port name", also where it says nothing that Istio knows.
  ['tcp', 'http', 80, 'HTTP'],
  ['http', 'tcp', 80, 'TCP'],
  ['http', 'example.com/custom', 80, 'detected'],
  ['http', '', 80, 'detected'],
  ['web', 'TLS', 80, 'TLS'],
  ['web', 'grpc-web', 80, 'GRPC'],
  // Kubernetes' own: https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
  ['web', 'kubernetes.io/h2c', 80, 'HTTP2'],
  ['web', 'kubernetes.io/ws', 80, 'HTTP'],
  ['web', 'kubernetes.io/wss', 80, 'HTTPS'],
  ['web', 'Kubernetes.io/h2c', 80, 'detected'],
  // "Server first protocols": ports that are TCP where nothing else is said.
  ['', undefined, 25, 'TCP'],
  ['web', undefined, 53, 'TCP'],
  ['', undefined, 3306, 'TCP'],
  ['', undefined, 27017, 'TCP'],
  ['', undefined, 27018, 'detected'],
  ['http', undefined, 25, 'HTTP'],
  ['web', 'example.com/custom', 3306, 'TCP'],
])(
  'a Service port named "%s" with appProtocol %s and number %i is %s',
  (name, appProtocol, number, protocol) => {
    expect(readPortProtocol(number, name, appProtocol)).toBe(protocol)
  },
)

// Source: https://istio.io/latest/docs/reference/config/networking/service-entry/#ServicePort (protocol).
test.each<[string | undefined, Protocol]>([
  ['HTTP', 'HTTP'],
  ['http', 'HTTP'],
  ['HTTP2', 'HTTP2'],
  ['GRPC', 'GRPC'],
  ['GRPC-WEB', 'GRPC'],
  ['HTTPS', 'HTTPS'],
  ['TLS', 'TLS'],
  ['TCP', 'TCP'],
  ['MONGO', 'TCP'],
  ['UDP', 'UDP'],
  [undefined, 'detected'],
])('a ServiceEntry port of protocol %s is %s', (text, protocol) => {
  expect(readEntryProtocol(text)).toBe(protocol)
})
