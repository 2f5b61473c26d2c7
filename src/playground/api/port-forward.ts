import type { Duplex } from 'node:stream'
import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'
import { textOf, valueAt } from '../objects/json.ts'
import type { Workloads } from '../workloads.ts'
import { serveSpdy, type SpdyStream } from './spdy.ts'

interface Forward {
  error?: Duplex
  data?: Duplex
  port?: number
}

/**
 * The kubelet's end of a port-forward: for each connection of the user an error stream and a data stream with the
 * same request id. Source: k8s.io/kubelet/pkg/cri/streaming/portforward/httpstream.go.
 */
export function servePortForward(connection: Duplex, pod: KubernetesObject, workloads: Workloads): void {
  const waiting = new Map<string, Forward>()

  function join({ error, data, port }: Forward): void {
    if (!error || !data || port === undefined) return
    const target = workloads.connect(pod, port)
    if (!target) {
      error.end(
        `error forwarding port ${port} to pod ${textOf(valueAt(pod.metadata, 'uid'))}, uid : dial tcp4 127.0.0.1:${port}: connect: connection refused`,
      )
      data.end()
      return
    }
    data.pipe(target)
    target.pipe(data)
    data.on('close', () => target.destroy())
    target.on('error', reason => error.end(`error forwarding port ${port} to pod: ${reason.message}`))
    target.on('close', () => {
      error.end()
      data.end()
    })
  }

  serveSpdy(connection, ({ headers, data }: SpdyStream) => {
    const id = headers['requestid'] ?? headers['port'] ?? ''
    const forward = waiting.get(id) ?? {}
    waiting.set(id, forward)
    forward.port = Number(headers['port'])
    if (headers['streamtype'] === 'error') {
      forward.error = data
      // The client sends nothing on it; reading sees its end.
      data.resume()
    } else forward.data = data
    if (forward.error && forward.data) {
      waiting.delete(id)
      join(forward)
    }
  })
}
