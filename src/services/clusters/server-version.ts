import { fieldsOf, textOf } from '../../domain/istio/fields/read-fields.ts'
import type { KubernetesClient } from './kubernetes-client.ts'

/** The version of Kubernetes as the server names it, `v1.35.2`; empty where it names none. */
export async function readServerVersion(client: KubernetesClient, signal: AbortSignal): Promise<string> {
  return textOf(fieldsOf(await client.readJson({ path: '/version', signal }))['gitVersion']) ?? ''
}
