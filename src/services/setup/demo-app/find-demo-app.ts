import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'

/** The namespace that Setup puts the demo app into. */
export const DEMO_NAMESPACE = 'shop'

interface Service {
  readonly metadata: { readonly namespace?: string }
}

/** The namespace that has the demo app already, by the label of its frontend. */
export async function findDemoApp(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = { labelSelector: 'app.kubernetes.io/part-of=mesh-workbench-demo' }
  const items = await readItems<Service>(client, { path: '/api/v1/services', query }, signal)
  const namespaces = items.map(({ metadata }) => metadata.namespace).filter(name => name !== undefined)
  return namespaces.find(name => name === DEMO_NAMESPACE) ?? namespaces[0]
}

/** Whether the cluster came with the demo app; then it is in the mesh as its maker wanted. */
export const isForeignDemoApp = (namespace: string | undefined): namespace is string =>
  namespace !== undefined && namespace !== DEMO_NAMESPACE
