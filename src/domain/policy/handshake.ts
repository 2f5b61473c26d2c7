import type { ClientTls, ServerTls } from './mutual-tls.ts'

/** Whether two proxies come to a connection. */
export type Handshake =
  | { readonly isConnected: true; readonly isMutual: boolean }
  | { readonly isConnected: false; readonly reason: 'mtls-error' | 'tls-error'; readonly why: string }

/**
 * What becomes of a connection that a caller's proxy opens to a workload's proxy: a plain one to STRICT and one with
 * Istio's mutual TLS to DISABLE are closed.
 * Source: https://istio.io/latest/docs/concepts/security/#permissive-mode
 */
export function shakeHands(client: ClientTls, server: ServerTls, hasProxy: boolean): Handshake {
  const by = server.by === undefined ? '' : ` (PeerAuthentication ${server.by.namespace}/${server.by.name})`
  const fail = (reason: 'mtls-error' | 'tls-error', why: string): Handshake => ({
    isConnected: false,
    reason,
    why,
  })
  if (client === 'istio-mutual') {
    if (!hasProxy) return fail('mtls-error', 'the workload has no proxy to answer mutual TLS')
    return server.mode === 'DISABLE'
      ? fail('mtls-error', `the workload takes no mutual TLS${by}`)
      : { isConnected: true, isMutual: true }
  }
  if (!hasProxy) return { isConnected: true, isMutual: false }
  if (server.mode === 'STRICT')
    return fail(
      'mtls-error',
      client === 'none'
        ? `the connection is plain, and the workload takes mutual TLS only${by}`
        : `the connection does not show a certificate of the mesh, and the workload takes mutual TLS only${by}`,
    )
  return { isConnected: true, isMutual: false }
}
