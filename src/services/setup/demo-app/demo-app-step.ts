import * as v from 'valibot'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'
import { defineState } from '../../tasks/step-state.ts'
import { applyAll, applyFiles } from '../steps/apply-files.ts'
import { DEMO_NAMESPACE, findDemoApp } from './find-demo-app.ts'
import type { ClusterWork } from '../local-mesh/in-cluster-step.ts'
import { findMesh } from '../local-mesh/mesh-step.ts'
import { demandOwnNamespace, OWNER, OWNER_LABEL } from '../steps/namespace-guard.ts'

/** Whether the cluster came with the demo app; then it is in the mesh as its maker wanted. */
export const hasForeignDemoApp = (namespace: string | undefined): namespace is string =>
  namespace !== undefined && namespace !== DEMO_NAMESPACE

/**
 * The namespace of the demo app, marked for the mesh. It comes before the app, so that its pods come up with a proxy at
 * once and nothing has to be restarted.
 */
export async function injectDemoNamespace({ client, input, step }: ClusterWork): Promise<void> {
  const found = await findDemoApp(client, step.signal)
  if (hasForeignDemoApp(found)) {
    step.log(`The demo app is in the namespace ${found} already, and in the mesh as it is`)
    return
  }
  await demandOwnNamespace(client, DEMO_NAMESPACE, step.signal)
  const { labels, annotations } = await markOf(client, input, step.signal)
  const metadata = { name: DEMO_NAMESPACE, labels: { ...labels, [OWNER_LABEL]: OWNER }, annotations }
  await applyAll(client, step, [{ apiVersion: 'v1', kind: 'Namespace', metadata }])
  const written = Object.entries({ ...labels, ...annotations }).map(([key, value]) => `${key}=${value}`)
  step.log(`The namespace ${DEMO_NAMESPACE} is in the mesh by ${written.join(', ')}`)
}

/** How a namespace says that it is in this mesh; another revision than the default is named. */
async function markOf(
  client: KubernetesClient,
  { mesh, profile }: ClusterWork['input'],
  signal: AbortSignal,
): Promise<Readonly<Record<'labels' | 'annotations', Readonly<Record<string, string>>>>> {
  if (mesh === 'linkerd') return { labels: {}, annotations: { 'linkerd.io/inject': 'enabled' } }
  if (profile === 'ambient') return { labels: { 'istio.io/dataplane-mode': 'ambient' }, annotations: {} }
  const revision = (await findMesh(client, mesh, signal))?.revision ?? 'default'
  const labels: Readonly<Record<string, string>> =
    revision === 'default' ? { 'istio-injection': 'enabled' } : { 'istio.io/rev': revision }
  return { labels, annotations: {} }
}

/** The demo app, ready, and which of its pods have no proxy. */
export async function installDemoApp({ setting, input, client, step, wait }: ClusterWork): Promise<void> {
  const found = await findDemoApp(client, step.signal)
  if (hasForeignDemoApp(found)) {
    step.log(`The demo app is in the namespace ${found} already: it is left as it is`)
    return
  }
  await applyFiles(setting.manifests, client, step, 'demo-app.yaml')
  await wait(DEMO_NAMESPACE)
  const names = await listPodsWithoutProxy(client, step.signal)
  // Ambient has no proxies in the pods.
  const isMissing = names.length > 0 && input.profile !== 'ambient'
  const warning = `Pods of the demo app without a proxy: ${names.join(', ')}. Check that the injector runs, then restart them.`
  if (isMissing) step.log(warning)
  step.state.set(WARNINGS, isMissing ? [warning] : [])
}

/** What the outcome of the task warns of. */
export const WARNINGS = defineState('warnings', v.array(v.string()))

interface Pod {
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<
    Partial<Record<'containers' | 'initContainers', readonly { readonly name: string }[]>>
  >
}

/** Newer Kubernetes has proxies among the init containers, as native sidecars. */
async function listPodsWithoutProxy(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const pods = await readItems<Pod>(client, { path: `/api/v1/namespaces/${DEMO_NAMESPACE}/pods` }, signal)
  return pods
    .filter(({ spec }) =>
      [...(spec.containers ?? []), ...(spec.initContainers ?? [])].every(
        ({ name }) => name !== 'istio-proxy' && name !== 'linkerd-proxy',
      ),
    )
    .map(({ metadata }) => metadata.name)
}
