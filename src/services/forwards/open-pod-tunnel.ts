import { ProblemError } from '../../domain/problem.ts'
import type { ClustersBackend } from '../clusters/clusters.ts'
import type { Upgraded } from '../clusters/upgrade-connection.ts'
import { randomBytes } from 'node:crypto'
import { openSpdyChannel } from './spdy-channel.ts'
import { openTunnel, type Tunnel, type TunnelListener } from './spdy-tunnel.ts'
import { openWebSocketChannel } from './web-socket-channel.ts'

// Source: k8s.io/apimachinery/pkg/util/portforward/constants.go
const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io'
const SPDY_PROTOCOL = 'portforward.k8s.io'

/**
 * Opens a tunnel to a pod: SPDY in a WebSocket as kubectl does since Kubernetes 1.31, or plain SPDY where the server
 * or a proxy before it does not know that. Source: KEP-4006, k8s.io/client-go/tools/portforward/fallback_dialer.go.
 */
export async function openPodTunnel(
  clusters: Pick<ClustersBackend, 'upgrade'>,
  { context, namespace, pod }: { context: string; namespace: string; pod: string },
  listener: TunnelListener,
  signal: AbortSignal,
): Promise<Tunnel> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward`
  try {
    const { socket, head, headers } = await clusters.upgrade(context, {
      method: 'GET',
      path,
      headers: {
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        'sec-websocket-protocol': TUNNEL_PROTOCOL,
      },
      signal,
    })
    requireProtocol({ socket, head, headers }, 'sec-websocket-protocol', TUNNEL_PROTOCOL)
    return openTunnel(own => openWebSocketChannel(socket, head, own), listener)
  } catch (error) {
    if (!isNotUnderstood(error)) throw error
  }
  const upgraded = await clusters.upgrade(context, {
    method: 'POST',
    path,
    headers: { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': SPDY_PROTOCOL, 'content-length': '0' },
    signal,
  })
  requireProtocol(upgraded, 'x-stream-protocol-version', SPDY_PROTOCOL)
  return openTunnel(own => openSpdyChannel(upgraded.socket, upgraded.head, own), listener)
}

/** Answers of servers that cannot do the upgrade, not those that do not want to. */
const isNotUnderstood = (error: unknown): boolean =>
  error instanceof ProblemError && (error.problem.code === 'invalid' || error.problem.code === 'unsupported')

function requireProtocol({ socket, headers }: Upgraded, name: string, protocol: string): void {
  if (headers[name] === protocol) return
  socket.destroy()
  throw new ProblemError({
    code: 'unsupported',
    message: `The API server chose ${JSON.stringify(headers[name] ?? 'nothing')} where ${protocol} was asked for`,
    hint: 'A proxy between this machine and the API server may be blocking port forwarding.',
  })
}
