import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { applyFile } from '../steps/apply-file.ts'
import { applyInStep, stepsIn } from '../steps/change-step.ts'
import { detectMeshes } from '../steps/detect-mesh.ts'
import { OWNER, OWNER_LABEL, requireOwnNamespace } from '../steps/namespace-guard.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import { WARNINGS, type DemoAppOptions } from './demo-app-options.ts'
import { DEMO_NAMESPACE, findDemoApp, isForeignDemoApp } from './find-demo-app.ts'
import { applyIngress } from './ingress-step.ts'

/**
 * The namespace of the demo app, the app, and the way in. The namespace is marked for the mesh before the app comes, so
 * that its pods start with a proxy and nothing has to be restarted.
 */
export function demoAppSteps(
  dependencies: SetupDependencies,
  options: DemoAppOptions,
): readonly StepDefinition[] {
  const { change } = stepsIn(dependencies, options.context)
  return [
    change('injection', "Add the demo app's namespace to the mesh", (client, step) =>
      injectNamespace(client, options, step),
    ),
    change('demo-app', 'Install the demo app', (client, step) =>
      installApp(dependencies, client, options, step),
    ),
    change('gateway', 'Open the ingress', (client, step) =>
      applyIngress(dependencies, client, options, step),
    ),
  ]
}

async function injectNamespace(
  client: KubernetesClient,
  options: DemoAppOptions,
  step: StepContext,
): Promise<void> {
  const found = await findDemoApp(client, step.signal)
  if (isForeignDemoApp(found)) {
    step.log(`The demo app is already in the namespace ${found}, and in the mesh as it is`)
    return
  }
  await requireOwnNamespace(client, DEMO_NAMESPACE, step.signal)
  const { labels, annotations } = await readInjectionMarks(client, options, step.signal)
  const metadata = { name: DEMO_NAMESPACE, labels: { ...labels, [OWNER_LABEL]: OWNER }, annotations }
  await applyInStep(client, [{ apiVersion: 'v1', kind: 'Namespace', metadata }], step)
  const written = Object.entries({ ...labels, ...annotations }).map(([key, value]) => `${key}=${value}`)
  step.log(`The namespace ${DEMO_NAMESPACE} is in the mesh by ${written.join(', ')}`)
}

/** How a namespace says that it is in this mesh; another revision than the default is named. */
async function readInjectionMarks(
  client: KubernetesClient,
  { mesh, profile }: DemoAppOptions,
  signal: AbortSignal,
): Promise<Readonly<Record<'labels' | 'annotations', Readonly<Record<string, string>>>>> {
  if (mesh === 'linkerd') return { labels: {}, annotations: { 'linkerd.io/inject': 'enabled' } }
  if (profile === 'ambient') return { labels: { 'istio.io/dataplane-mode': 'ambient' }, annotations: {} }
  const installed = (await detectMeshes(client, signal)).find(each => each.mesh === mesh)
  const revision = installed?.revision ?? 'default'
  const labels: Readonly<Record<string, string>> =
    revision === 'default' ? { 'istio-injection': 'enabled' } : { 'istio.io/rev': revision }
  return { labels, annotations: {} }
}

/** The demo app, ready, and which of its pods have no proxy. */
async function installApp(
  { manifests }: SetupDependencies,
  client: KubernetesClient,
  { profile, readyTimeoutMs }: DemoAppOptions,
  step: StepContext,
): Promise<void> {
  const { signal, report } = step
  const found = await findDemoApp(client, signal)
  if (isForeignDemoApp(found)) {
    step.log(`The demo app in the namespace ${found} is left as it is`)
    return
  }
  await applyFile(manifests, client, step, 'demo-app.yaml')
  await waitForRollouts({
    client,
    namespace: DEMO_NAMESPACE,
    signal,
    report,
    timeoutMs: readyTimeoutMs,
  })
  const names = await listPodsWithoutProxy(client, signal)
  // Ambient has no proxies in the pods.
  const isMissing = names.length > 0 && profile !== 'ambient'
  const warning = `Pods of the demo app without a proxy: ${names.join(', ')}. Check that the injector runs, then restart them.`
  if (isMissing) step.log(warning)
  step.state.set(WARNINGS, isMissing ? [warning] : [])
}

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
