import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'

/** A Service of an add-on, whoever installed it. */
export interface AddOnService {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: { readonly ports?: readonly { readonly port: number }[] }
}

/** The cluster's Prometheus, by the names that its charts and the meshes' add-ons give the Service. */
export async function findPrometheus(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<AddOnService | undefined> {
  const items = await readItems<Service>(client, { path: '/api/v1/services' }, signal)
  const found = items.find(({ metadata }) => ['prometheus', 'prometheus-server'].includes(metadata.name))
  if (!found) return undefined
  const { name, namespace } = found.metadata
  return { name, namespace, port: found.spec?.ports?.[0]?.port ?? 9090 }
}
