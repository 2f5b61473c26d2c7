import type { InstallationUsers } from '../../../domain/setup/istio/planned-losses.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'

/** Everything in a cluster that may use a part of Istio. */
export async function readInstallationUsers(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<InstallationUsers> {
  const list = (path: string) => listItems(client, path, {}, signal)
  const [pods, namespaces, gateways] = await Promise.all([
    list('/api/v1/pods'),
    list('/api/v1/namespaces'),
    list('/apis/networking.istio.io/v1/gateways'),
  ])
  return { pods, namespaces, gateways }
}
