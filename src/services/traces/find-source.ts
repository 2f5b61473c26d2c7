import type { TraceSource } from '../../shared/contract/observability.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

/**
 * Services that answer Jaeger's query API: Istio's add-on calls it `tracing`, Jaeger's own charts end it with
 * `-query`; all select pods of an app named jaeger.
 * Source: istio/samples/addons/jaeger.yaml; jaegertracing/helm-charts
 */
function readCandidate(
  service: Record<string, unknown>,
): (TraceSource & { readonly rank: number }) | undefined {
  const metadata = isRecord(service['metadata']) ? service['metadata'] : {}
  const spec = isRecord(service['spec']) ? service['spec'] : {}
  const { name, namespace } = metadata
  if (typeof name !== 'string' || typeof namespace !== 'string') return undefined
  const isJaeger = JSON.stringify([spec['selector'], metadata['labels'], name])
    .toLowerCase()
    .includes('jaeger')
  const isQuery = name === 'tracing' || name.endsWith('query') || name === 'jaeger'
  if (!isJaeger || !isQuery) return undefined
  const ports = listOf(spec['ports'])
  const port =
    ports.find(each => each['port'] === 16_686) ??
    ports.find(
      each =>
        typeof each['name'] === 'string' && each['name'].includes('query') && !each['name'].includes('grpc'),
    ) ??
    ports.find(each => each['port'] === 80)
  const number = port?.['port']
  if (typeof number !== 'number') return undefined
  return { kind: 'jaeger', namespace, service: name, port: number, rank: number === 16_686 ? 0 : 1 }
}

/** The cluster's Jaeger query service; null where there is none. */
export async function findTraceSource(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<TraceSource | null> {
  const answer = await client.readJson({ path: '/api/v1/services', signal })
  const items = isRecord(answer) ? listOf(answer['items']) : []
  const [best] = items
    .map(readCandidate)
    .filter(candidate => candidate !== undefined)
    .sort((a, b) => a.rank - b.rank)
  if (!best) return null
  const { kind, namespace, service, port } = best
  return { kind, namespace, service, port }
}
