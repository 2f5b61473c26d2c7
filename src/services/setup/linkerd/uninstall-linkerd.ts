import * as v from 'valibot'
import { isByHelm } from '../../../domain/setup/steps/check-installation.ts'
import { withoutGatewayApi } from '../../../domain/setup/linkerd/without-gateway-api.ts'
import { ProblemError, type Problem } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { markObject } from '../steps/installation-mark.ts'
import { waitUntilGone } from '../steps/delete-objects.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { LinkerdUninstall } from '../../../shared/contract/setup/linkerd.ts'
import { defineState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import { deleteInStep, stepsIn } from '../steps/change-step.ts'
import { findLinkerdLeftovers } from './find-linkerd-leftovers.ts'
import { CONTROL_PLANE, VIZ } from './install-linkerd.ts'
import { listItems } from '../../clusters/list-items.ts'
import { formatNameList } from '../steps/format-name-list.ts'
import { requireLinkerd, listMeshedPods, detectLinkerd } from './detect-linkerd.ts'
import { listOwned, ownedBy } from './list-linkerd-objects.ts'

/** Of the control plane, as the first step found it. */
const NAMESPACE = defineState('namespace', v.string())
const DELETE_TIMEOUT_MS = 3 * 60_000
const MARK = markObject({ mesh: 'linkerd' })

/** Viz first, as it runs with proxies of the control plane. Source: https://linkerd.io/2/tasks/uninstall/ */
export function uninstallLinkerdSteps(
  dependencies: SetupDependencies,
  { context, isForced = false }: LinkerdUninstall,
): readonly StepDefinition[] {
  const { look, change } = stepsIn(dependencies, context)
  return [
    look('look', 'See what is there', async (client, { signal, state, log }) => {
      const installation = requireLinkerd(await detectLinkerd(client, signal), context)
      const blocker = await findUninstallProblem(client, installation.namespace, signal)
      if (blocker && !isForced) throw new ProblemError(blocker)
      if (blocker) log(`${blocker.message}. You chose to continue.`)
      if (isByHelm(installation)) log('It was installed with Helm: helm keeps listing its release')
      state.set(NAMESPACE, installation.namespace)
    }),
    change('viz', 'Uninstall Linkerd viz, where it is', (client, step) => removeViz(client, step)),
    change('control-plane', 'Uninstall the control plane', async (client, step) => {
      const namespace = readNamespace(step)
      await deleteInStep(client, [...(await listControlPlane(client, namespace, step.signal)), MARK], step)
      await waitUntilGone({
        client,
        namespace,
        signal: step.signal,
        report: step.report,
        timeoutMs: DELETE_TIMEOUT_MS,
      })
    }),
    look('remains', 'See what is left', async (client, step) => {
      const leftovers = await findLinkerdLeftovers(client, readNamespace(step), step.signal)
      for (const leftover of leftovers) step.log(`Left as it is: ${leftover}`)
      if (leftovers.length === 0) step.log('Nothing is left')
    }),
  ]
}

const readNamespace = ({ state }: StepContext): string => state.get(NAMESPACE) ?? CONTROL_PLANE

/** What goes with the control plane; the Gateway API stays even where an older Linkerd brought it. */
export const listControlPlane = async (
  client: KubernetesClient,
  controlPlane: string,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> =>
  withoutGatewayApi(await listOwned(client, ownedBy({ controlPlane }), signal))

/** What goes with viz. */
export const listViz = (
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> => listOwned(client, ownedBy({ extension: 'viz' }), signal)

export async function removeViz(client: KubernetesClient, step: StepContext): Promise<void> {
  const objects = await listViz(client, step.signal)
  if (objects.length === 0) {
    step.log('Linkerd viz is not installed')
    return
  }
  await deleteInStep(client, objects, step)
  const namespaces = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)
  for (const namespace of namespaces.length === 0 ? [VIZ] : namespaces)
    await waitUntilGone({
      client,
      namespace,
      signal: step.signal,
      report: step.report,
      timeoutMs: DELETE_TIMEOUT_MS,
    })
}

/** Why `linkerd uninstall` would not run: pods and extensions that need this control plane. */
export async function findUninstallProblem(
  client: KubernetesClient,
  controlPlane: string,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const [pods, namespaces] = await Promise.all([
    listMeshedPods(client, controlPlane, signal),
    listItems(client, '/api/v1/namespaces', { labelSelector: 'linkerd.io/extension' }, signal),
  ])
  const extensions = namespaces
    .map(({ metadata }) => metadata.labels?.['linkerd.io/extension'] ?? '')
    .filter(name => name !== 'viz')
  if (pods.length === 0 && extensions.length === 0) return undefined
  const what = [
    ...(pods.length > 0 ? [`pods with its proxies are left (${pods.length})`] : []),
    ...(extensions.length > 0 ? [`the extension ${extensions.join(', ')} is still there`] : []),
  ]
  return {
    code: 'conflict',
    message: `Linkerd is not uninstalled: ${what.join(', and ')}`,
    hint: 'Remove the annotation linkerd.io/inject and restart the workloads first (Injection). Without its control plane a proxy gets no new certificate and fails within a day.',
    ...(pods.length > 0
      ? { raw: formatNameList(pods.map(({ namespace, name }) => `${namespace}/${name}`)) }
      : {}),
  }
}
