import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import type { StepContext } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { applyFile } from '../steps/apply-file.ts'
import type { DemoAppOptions } from './demo-app-options.ts'
import { findDemoApp, isForeignDemoApp } from './find-demo-app.ts'
import { findIngress } from './find-ingress.ts'

/** Applies the rules by which requests from outside reach the demo app. */
export async function applyIngress(
  { manifests }: Pick<SetupDependencies, 'manifests'>,
  client: KubernetesClient,
  { mesh, target }: Pick<DemoAppOptions, 'mesh' | 'target'>,
  step: StepContext,
): Promise<void> {
  const { signal, log } = step
  const namespace = await findDemoApp(client, signal)
  if (isForeignDemoApp(namespace)) {
    log(`The demo app in ${namespace} has its own gateway, which is left as it is`)
    return
  }
  if (mesh === 'istio') {
    if (await findIngress(client, signal)) await applyFile(manifests, client, step, 'istio-gateway.yaml')
    else log('The mesh has no ingress gateway: the app is reached by a forward to its frontend')
    return
  }
  if (target.kind === 'existing')
    log('Linkerd has no ingress of its own: the app is reached by a forward to its frontend')
  else await applyFile(manifests, client, step, 'linkerd-entry.yaml')
}
