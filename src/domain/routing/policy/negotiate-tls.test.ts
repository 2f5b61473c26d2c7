import { expect, test } from 'vitest'
import { negotiateTls } from './negotiate-tls.ts'
import type { ClientTls, MutualTlsMode } from './mutual-tls.ts'

// What a proxy does with a connection by how the caller encrypts and what PeerAuthentication says.
// Source: https://istio.io/latest/docs/concepts/security/#permissive-mode
test.each<[ClientTls, MutualTlsMode, 'HTTP' | 'TCP', string]>([
  ['istio-mutual', 'STRICT', 'HTTP', 'mutual'],
  ['istio-mutual', 'PERMISSIVE', 'HTTP', 'mutual'],
  ['istio-mutual', 'DISABLE', 'HTTP', 'mtls-error'],
  ['none', 'STRICT', 'HTTP', 'mtls-error'],
  ['none', 'PERMISSIVE', 'HTTP', 'plain'],
  ['none', 'DISABLE', 'HTTP', 'plain'],
  // TLS by files shows no certificate of the mesh.
  ['simple', 'STRICT', 'TCP', 'mtls-error'],
  ['mutual', 'STRICT', 'TCP', 'mtls-error'],
  // A permissive proxy passes it on to the application, but reads requests where the port is declared HTTP.
  ['simple', 'PERMISSIVE', 'TCP', 'passed on'],
  ['mutual', 'PERMISSIVE', 'TCP', 'passed on'],
  ['simple', 'PERMISSIVE', 'HTTP', 'tls-error'],
  ['simple', 'DISABLE', 'TCP', 'tls-error'],
])('%s to %s on a port of %s', (client, mode, protocol, expected) => {
  const result = negotiateTls(client, { mode }, true, protocol)
  const got = result.isConnected
    ? result.isMutual
      ? 'mutual'
      : result.isOpaque
        ? 'passed on'
        : 'plain'
    : result.reason
  expect(got).toBe(expected)
})

// A workload without a proxy answers as the application does.
test.each<[ClientTls, boolean]>([
  ['istio-mutual', false],
  ['none', true],
  ['simple', true],
])('%s to a workload without a proxy', (client, isConnected) => {
  expect(negotiateTls(client, { mode: 'STRICT' }, false).isConnected).toBe(isConnected)
})
