import { withoutGatewayApi } from '../../../domain/setup/linkerd/without-gateway-api.ts'
import { ProblemError } from '../../../domain/problem.ts'
import { createMeshIdentity, type MeshIdentity } from '../certificates/create-mesh-identity.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readObjects } from '../steps/apply-manifest.ts'
import type { Linkerd } from './linkerd-program.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import { readInstallationMark, writeInstallationMark } from '../steps/installation-mark.ts'
import type { SetupSetting } from '../setup-dependencies.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import type { LinkerdInstall } from '../../../shared/contract/setup/linkerd.ts'
import { applyInStep, stepsIn } from '../steps/change-step.ts'
import { demandChecks } from './require-checks.ts'
import { applyGatewayApi, planLiveGatewayApi } from '../gateway-api/live-gateway-api.ts'
import { secretLines, withIdentityFiles } from './identity-files.ts'
import type { IdentityStore } from './identity-store.ts'
import { findUsableIdentity } from './live-identity.ts'
import { lookAround } from './detect-linkerd.ts'
import { openLinkerd } from './open-linkerd.ts'

const READY_WITHIN = 5 * 60_000
export const CONTROL_PLANE = 'linkerd'
export const VIZ = 'linkerd-viz'

/** The steps of an installation in Linkerd's own order. Source: https://linkerd.io/2/getting-started/ */
export function installLinkerdSteps(
  setting: SetupSetting,
  identities: IdentityStore,
  input: LinkerdInstall,
): readonly StepDefinition[] {
  const { look, change } = stepsIn(setting, input.context)
  const open = (step: StepContext): Promise<Linkerd> => openLinkerd(setting, input, step)
  return [
    look('look', 'See what is there', (client, step) => refuseExisting(client, input.context, step)),
    change('gateway-api', 'Install the CRDs of the Gateway API', async (client, step) => {
      const plan = await planLiveGatewayApi(client, input.version, step.signal)
      await applyGatewayApi(setting, client, plan, input.gatewayApiFile, step)
    }),
    look('check-before', 'Check that the cluster is fit', async (client, step) => {
      // A half-made installation fails checks of an empty cluster by its own remains.
      if ((await readInstallationMark(client, 'linkerd', step.signal)) === 'begun')
        step.log('An installation was begun here: it goes on')
      else await demandChecks(await open(step), step, true)
    }),
    change('crds', "Install Linkerd's CRDs", async (client, step) => {
      await writeInstallationMark(client, 'linkerd', 'begun', step.signal)
      const objects = await (await open(step)).render(step, 'crds')
      await applyInStep(client, withoutGatewayApi(objects), step)
    }),
    change('control-plane', 'Install the control plane', async (client, step) => {
      const identity = await chooseIdentity(setting, identities, input, client, step)
      for (const secret of secretLines(identity.key)) step.hide(secret)
      const linkerd = await open(step)
      const { isHighAvailability } = input
      const objects = await withIdentityFiles(identity, files =>
        linkerd.render(step, 'control-plane', { identity: files, isHighAvailability }),
      )
      await applyInStep(client, objects, step, CONTROL_PLANE)
      await waitReady(client, CONTROL_PLANE, step)
    }),
    ...(input.hasViz ? [change('viz', 'Install Linkerd viz', installViz(open))] : []),
    look('check', 'Check Linkerd', async (client, step) => {
      await demandChecks(await open(step), step, false)
      await writeInstallationMark(client, 'linkerd', 'done', step.signal)
      if (input.identity !== undefined) identities.forget(input.identity)
    }),
  ]
}

const waitReady = (
  client: KubernetesClient,
  namespace: string,
  { signal, report }: StepContext,
): Promise<void> => waitForRollouts({ client, namespace, signal, report, longest: READY_WITHIN })

/** Applies the extension viz and waits for it. */
export const installViz =
  (open: (step: StepContext) => Promise<Linkerd>) =>
  async (client: KubernetesClient, step: StepContext): Promise<void> => {
    const text = await (await open(step)).renderText(step, 'viz')
    await applyInStep(client, readObjects(text), step, VIZ)
    await waitReady(client, VIZ, step)
  }

async function refuseExisting(client: KubernetesClient, context: string, step: StepContext): Promise<void> {
  const [{ linkerd, others }, mark] = await Promise.all([
    lookAround(client, step.signal),
    readInstallationMark(client, 'linkerd', step.signal),
  ])
  const [other] = others
  if (other)
    throw new ProblemError({
      code: 'conflict',
      message: `${context} has ${other.mesh} ${other.version ?? ''} in ${other.namespace} already; two meshes in one cluster work against each other`,
      hint: 'Choose another cluster, or uninstall the other mesh first.',
    })
  if (linkerd && mark !== 'begun')
    throw new ProblemError({
      code: 'conflict',
      message: `Linkerd ${linkerd.version ?? ''} is in ${linkerd.namespace} of ${context} already (${linkerd.managedBy})`,
      hint: 'Upgrade it, or uninstall it first.',
    })
  step.log(linkerd ? 'An installation was begun here: it goes on' : `There is no mesh in ${context}`)
}

/** Given before; else what a begun installation has, so that its parts go on trusting each other; else made now. */
async function chooseIdentity(
  { now }: SetupSetting,
  identities: IdentityStore,
  input: LinkerdInstall,
  client: KubernetesClient,
  { signal, log }: StepContext,
): Promise<MeshIdentity> {
  const given = input.identity === undefined ? undefined : identities.find(input.identity)
  if (given) return given
  const live = await findUsableIdentity(client, CONTROL_PLANE, now(), signal)
  if (live) {
    log('The trust anchor and issuer that are in the cluster already are used')
    return live
  }
  if (input.identity !== undefined)
    throw new ProblemError({
      code: 'gone',
      message: 'The certificates for this installation are gone: keys are kept in memory only',
      hint: 'Start the installation anew and give them again.',
    })
  const { anchors, certificate, key } = createMeshIdentity(now())
  log(
    'Made a trust anchor (ten years) and an issuer (one year). The key of the anchor was not kept: to rotate the issuer, bring in a new anchor',
  )
  return { anchors, certificate, key }
}
