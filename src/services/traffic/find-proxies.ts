import type { KubernetesObject } from '../../domain/kubernetes/kubernetes-object.ts'

/** A proxy whose stats can be read. */
export interface Proxy {
  readonly namespace: string
  readonly pod: string
  /** `namespace/service` of the node that it stands for. */
  readonly node: string
  readonly isGateway: boolean
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

/** A sidecar is a container, or since Kubernetes 1.29 an init container that keeps running. */
function proxyContainer(spec: unknown): Record<string, unknown> | undefined {
  if (!isRecord(spec)) return undefined
  return [...listOf(spec['containers']), ...listOf(spec['initContainers'])].find(
    ({ name }) => name === 'istio-proxy',
  )
}

/**
 * The running pods with Istio's proxy. A gateway's proxy runs as `proxy router`.
 * Source: https://istio.io/latest/docs/reference/commands/pilot-agent/#pilot-agent-proxy
 */
export function findProxies(pods: Iterable<KubernetesObject>): Proxy[] {
  const proxies: Proxy[] = []
  for (const { metadata, spec, status } of pods) {
    const container = proxyContainer(spec)
    const isRunning =
      isRecord(status) && status['phase'] === 'Running' && metadata.deletionTimestamp === undefined
    if (!container || !isRunning || metadata.namespace === undefined) continue
    const labels = metadata.labels ?? {}
    const service =
      labels['service.istio.io/canonical-name'] ??
      labels['app.kubernetes.io/name'] ??
      labels['app'] ??
      metadata.name
    const args: readonly unknown[] = Array.isArray(container['args']) ? container['args'] : []
    proxies.push({
      namespace: metadata.namespace,
      pod: metadata.name,
      node: `${metadata.namespace}/${service}`,
      isGateway: args.includes('router'),
    })
  }
  return proxies
}
