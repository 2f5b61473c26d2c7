import type { Protocol } from '../../istio/service.ts'
import { isHttp } from '../../istio/service.ts'
import type { ClientTls, ServerTls } from './mutual-tls.ts'

/** Whether two proxies come to a connection. */
export type Handshake =
  | {
      readonly isConnected: true
      readonly isMutual: boolean
      /** Whether TLS reaches the application, so that its proxy reads nothing of the request. */
      readonly isOpaque: boolean
    }
  | { readonly isConnected: false; readonly reason: 'mtls-error' | 'tls-error'; readonly why: string }

/**
 * What becomes of a connection that a caller's proxy opens to a workload's proxy: a plain one to STRICT and one with
 * Istio's mutual TLS to DISABLE are closed. TLS by files is let through to the application by a PERMISSIVE proxy,
 * but not on a port that is declared to be HTTP.
 * Source: https://istio.io/latest/docs/concepts/security/#permissive-mode, and `getFilterChainsByServicePort` and
 * `getTLSFilterChainMatchOptions` in istio's pilot/pkg/networking/core/listener_inbound.go.
 */
export function negotiateTls(
  client: ClientTls,
  server: ServerTls,
  hasProxy: boolean,
  protocol: Protocol = 'detected',
): Handshake {
  const by = server.by === undefined ? '' : ` (PeerAuthentication ${server.by.namespace}/${server.by.name})`
  const fail = (reason: 'mtls-error' | 'tls-error', why: string): Handshake => ({
    isConnected: false,
    reason,
    why,
  })
  const isOwnTls = client === 'simple' || client === 'mutual'
  if (!hasProxy)
    return client === 'istio-mutual'
      ? fail('mtls-error', 'the workload has no proxy to answer mutual TLS')
      : { isConnected: true, isMutual: false, isOpaque: isOwnTls }
  if (client === 'istio-mutual')
    return server.mode === 'DISABLE'
      ? fail('mtls-error', `the workload takes no mutual TLS${by}`)
      : { isConnected: true, isMutual: true, isOpaque: false }
  if (server.mode === 'STRICT')
    return fail(
      'mtls-error',
      isOwnTls
        ? `the connection shows no certificate of the mesh, and the workload takes mutual TLS only${by}`
        : `the connection is plain, and the workload takes mutual TLS only${by}`,
    )
  if (!isOwnTls) return { isConnected: true, isMutual: false, isOpaque: false }
  if (server.mode === 'DISABLE') return fail('tls-error', `the workload takes no TLS${by}`)
  return isHttp(protocol) && protocol !== 'detected'
    ? fail(
        'tls-error',
        `the connection is TLS of another kind than the mesh's, and the port is declared ${protocol}`,
      )
    : { isConnected: true, isMutual: false, isOpaque: true }
}
