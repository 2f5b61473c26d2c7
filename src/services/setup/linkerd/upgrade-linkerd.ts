import { withoutGatewayApi } from '../../../domain/setup/linkerd/without-gateway-api.ts'
import { ProblemError } from '../../../domain/problem.ts'
import { compareVersions } from '../../../domain/setup/versions/version.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import type { MeshInstallation } from '../steps/detect-mesh.ts'
import type { Linkerd } from './linkerd-program.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { LinkerdUpgrade } from '../../../shared/contract/setup/linkerd.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import { applyInStep, deleteInStep, stepsIn } from '../steps/change-step.ts'
import { requireChecks } from './require-checks.ts'
import { gatewayApiStep } from '../gateway-api/gateway-api-step.ts'
import { planLiveGatewayApi } from '../gateway-api/live-gateway-api.ts'
import { installViz, VIZ } from './install-linkerd.ts'
import { requireLinkerd, listMeshedPods, detectLinkerd, requireNotHelm } from './detect-linkerd.ts'
import { openLinkerd } from './open-linkerd.ts'
import { readLive } from '../../changes/read-live.ts'

const READY_TIMEOUT_MS = 5 * 60_000

/** The steps of an upgrade. Source: https://linkerd.io/2/tasks/upgrade/ */
export function upgradeLinkerdSteps(
  dependencies: SetupDependencies,
  input: LinkerdUpgrade,
): readonly StepDefinition[] {
  const { context } = input
  const { look, change } = stepsIn(dependencies, context)
  const find = async (client: KubernetesClient, step: StepContext): Promise<MeshInstallation> =>
    requireLinkerd(await detectLinkerd(client, step.signal), context)
  const open = async (client: KubernetesClient, step: StepContext): Promise<Linkerd> =>
    openLinkerd(dependencies, { ...input, namespace: (await find(client, step)).namespace }, step)
  return [
    look('look', 'See what is there', async (client, step) => {
      const installation = await find(client, step)
      requireNotHelm(installation, 'upgraded')
      await requireNewEnough(await open(client, step), installation, step)
    }),
    gatewayApiStep(dependencies, context, {
      title: 'Update the CRDs of the Gateway API',
      plan: async (client, step) => {
        const version = await (await open(client, step)).readVersion(step)
        return planLiveGatewayApi(client, version, step.signal)
      },
      file: input.gatewayApiFile,
    }),
    change('crds', "Upgrade Linkerd's CRDs", async (client, step) => {
      const objects = await (await open(client, step)).render(step, 'upgrade-crds')
      await applyInStep(client, withoutGatewayApi(objects), step)
    }),
    change('control-plane', 'Upgrade the control plane', async (client, step) => {
      const { namespace } = await find(client, step)
      const objects = await (await open(client, step)).render(step, 'upgrade-control-plane')
      await applyInStep(client, objects, step, namespace)
      await waitForRollouts({
        client,
        namespace,
        signal: step.signal,
        report: step.report,
        timeoutMs: READY_TIMEOUT_MS,
      })
    }),
    change('prune', 'Delete what the new version does not have', async (client, step) => {
      const extra = withoutGatewayApi(await (await open(client, step)).listExtraneous(step, 'control-plane'))
      if (extra.length === 0) step.log('Nothing is left over of the earlier version')
      else await deleteInStep(client, extra, step)
    }),
    change('viz', 'Upgrade Linkerd viz, where it is', async (client, step) => {
      if (!(await readLive(client, `/api/v1/namespaces/${VIZ}`, step.signal))) {
        step.log('Linkerd viz is not installed')
        return
      }
      await installViz(each => open(client, each))(client, step)
      const extra = await (await open(client, step)).listExtraneous(step, 'viz')
      await deleteInStep(client, extra, step)
    }),
    look('check', 'Check Linkerd', async (client, step) => {
      await requireChecks(await open(client, step), step, false)
      const { namespace } = await find(client, step)
      const pods = await listMeshedPods(client, namespace, step.signal)
      if (pods.length > 0)
        step.log(`Pods keep their earlier proxy until they are restarted (${pods.length}): see Injection`)
    }),
  ]
}

/** A program that is older than the control plane would take it back, which Linkerd does not support. */
export async function requireNewEnough(
  linkerd: Linkerd,
  installation: MeshInstallation,
  step: Pick<StepContext, 'signal' | 'log'>,
): Promise<void> {
  const version = await linkerd.readVersion(step)
  step.log(
    `${installation.version ?? 'An unknown version'} is installed; the program is ${version ?? 'unknown'}`,
  )
  if (
    version !== undefined &&
    installation.version !== undefined &&
    compareVersions(version, installation.version) < 0
  )
    throw new ProblemError({
      code: 'unsupported',
      message: `The linkerd program is ${version}, older than the control plane (${installation.version})`,
      hint: "Linkerd can't be downgraded: choose a newer program in Setup › Tools.",
    })
}
