import * as v from 'valibot'
import { checkInstallation, requireNoOtherMesh } from '../../../domain/setup/steps/check-installation.ts'
import { withoutGatewayApi } from '../../../domain/setup/linkerd/without-gateway-api.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { LinkerdInstall } from '../../../shared/contract/setup/linkerd.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { defineState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import { createMeshIdentity, type MeshIdentity } from '../certificates/create-mesh-identity.ts'
import { gatewayApiStep } from '../gateway-api/gateway-api-step.ts'
import { planLiveGatewayApi } from '../gateway-api/live-gateway-api.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { readObjects } from '../steps/apply-manifest.ts'
import { applyInStep, stepsIn } from '../steps/change-step.ts'
import { detectMeshes } from '../steps/detect-mesh.ts'
import { readInstallationMark, writeInstallationMark } from '../steps/installation-mark.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import { secretLines, withIdentityFiles } from './identity-files.ts'
import type { IdentityStore } from './identity-store.ts'
import type { Linkerd } from './linkerd-program.ts'
import { findUsableIdentity } from './live-identity.ts'
import { openLinkerd } from './open-linkerd.ts'
import { requireChecks } from './require-checks.ts'

const READY_TIMEOUT_MS = 5 * 60_000
export const CONTROL_PLANE = 'linkerd'
export const VIZ = 'linkerd-viz'
const LINKERD = { mesh: 'linkerd' } as const

/** The namespace of an installation that was there before and is kept. */
const KEPT = defineState('linkerd-kept', v.string())

export interface LinkerdInstallOptions extends LinkerdInstall {
  /** Of the linkerd program where none is installed; any that is installed is used. */
  readonly downloadVersion?: string
  /** A Linkerd that is there is kept as it is. */
  readonly keepsExisting?: boolean
  /** The Gateway API to install where there is none, instead of the one that fits best. */
  readonly gatewayApi?: string
  readonly readyTimeoutMs?: number
}

/** The steps of an installation in Linkerd's own order. Source: https://linkerd.io/2/getting-started/ */
export function installLinkerdSteps(
  dependencies: SetupDependencies,
  identities: IdentityStore,
  input: LinkerdInstallOptions,
): readonly StepDefinition[] {
  const { readyTimeoutMs = READY_TIMEOUT_MS } = input
  const { look, change } = stepsIn(dependencies, input.context)
  const open = (step: StepContext): Promise<Linkerd> => openLinkerd(dependencies, input, step)
  const unlessKept =
    (run: (client: KubernetesClient, step: StepContext) => Promise<void>) =>
    async (client: KubernetesClient, step: StepContext): Promise<void> => {
      if (step.state.get(KEPT) === undefined) await run(client, step)
    }
  return [
    look('look', 'Check what is installed', async (client, step) => {
      const kept = await findKept(client, input, step)
      if (kept !== undefined) step.state.set(KEPT, kept)
    }),
    gatewayApiStep(dependencies, input.context, {
      plan: (client, { signal }) =>
        planLiveGatewayApi(client, input.version ?? input.downloadVersion, signal, input.gatewayApi),
      file: input.gatewayApiFile,
    }),
    look(
      'check-before',
      'Check that Linkerd can be installed',
      unlessKept(async (client, step) => {
        const mark = await readInstallationMark(client, LINKERD, step.signal)
        // A half-made installation fails checks of an empty cluster by its own leftovers.
        if (mark?.state === 'begun') step.log('An earlier run began an installation here, which is resumed')
        else await requireChecks(await open(step), step, true)
      }),
    ),
    change(
      'crds',
      "Install Linkerd's CRDs",
      unlessKept(async (client, step) => {
        const linkerd = await open(step)
        // From here on the cluster changes: a later run knows that what it finds is ours and not whole.
        await writeInstallationMark(client, LINKERD, { state: 'begun', isForAddOns: true }, step.signal)
        await applyInStep(client, withoutGatewayApi(await linkerd.render(step, 'crds')), step)
      }),
    ),
    change('control-plane', 'Install the control plane of Linkerd', async (client, step) => {
      const kept = step.state.get(KEPT)
      if (kept === undefined) await installControlPlane(dependencies, identities, input, client, step)
      await waitReady(client, kept ?? CONTROL_PLANE, readyTimeoutMs, step)
    }),
    ...(input.hasViz
      ? [change('viz', 'Install Linkerd viz', unlessKept(installViz(open, readyTimeoutMs)))]
      : []),
    look(
      'check',
      'Check Linkerd',
      unlessKept(async (client, step) => {
        await requireChecks(await open(step), step, false)
        await writeInstallationMark(client, LINKERD, { state: 'done', isForAddOns: true }, step.signal)
        if (input.identity !== undefined) identities.forget(input.identity)
      }),
    ),
  ]
}

/** The namespace of the installation that is kept; a problem where Linkerd can't be installed. */
async function findKept(
  client: KubernetesClient,
  { context, keepsExisting }: LinkerdInstallOptions,
  { signal, log }: StepContext,
): Promise<string | undefined> {
  const [meshes, mark] = await Promise.all([
    detectMeshes(client, signal),
    readInstallationMark(client, LINKERD, signal),
  ])
  requireNoOtherMesh('linkerd', meshes)
  const [existing] = meshes
  const action = checkInstallation({
    mesh: 'linkerd',
    existing,
    isBegun: mark?.state === 'begun',
    ifInstalled: keepsExisting === true ? 'keep' : 'reject',
  })
  if (action === 'keep' && existing) {
    const { version = '', namespace, managedBy } = existing
    log(`Linkerd ${version} in ${namespace} (managed by ${managedBy}) is left as it is`)
    return namespace
  }
  log(existing ? 'An earlier run began an installation here, which is resumed' : `${context} has no mesh`)
  return undefined
}

async function installControlPlane(
  dependencies: SetupDependencies,
  identities: IdentityStore,
  input: LinkerdInstallOptions,
  client: KubernetesClient,
  step: StepContext,
): Promise<void> {
  const identity = await chooseIdentity(dependencies, identities, input, client, step)
  for (const secret of secretLines(identity.key)) step.hide(secret)
  const linkerd = await openLinkerd(dependencies, input, step)
  const { isHighAvailability } = input
  const objects = await withIdentityFiles(identity, files =>
    linkerd.render(step, 'control-plane', { identity: files, isHighAvailability }),
  )
  await applyInStep(client, objects, step, CONTROL_PLANE)
}

const waitReady = (
  client: KubernetesClient,
  namespace: string,
  timeoutMs: number,
  { signal, report }: StepContext,
): Promise<void> => waitForRollouts({ client, namespace, signal, report, timeoutMs })

/** Applies the extension viz and waits for it. */
export const installViz =
  (open: (step: StepContext) => Promise<Linkerd>, readyTimeoutMs = READY_TIMEOUT_MS) =>
  async (client: KubernetesClient, step: StepContext): Promise<void> => {
    const text = await (await open(step)).renderText(step, 'viz')
    await applyInStep(client, readObjects(text), step, VIZ)
    await waitReady(client, VIZ, readyTimeoutMs, step)
  }

/** The identity that was given; otherwise that of an installation that was begun, so that its parts keep trusting each other; otherwise a new one. */
async function chooseIdentity(
  { now }: SetupDependencies,
  identities: IdentityStore,
  input: LinkerdInstall,
  client: KubernetesClient,
  { signal, log }: StepContext,
): Promise<MeshIdentity> {
  const given = input.identity === undefined ? undefined : identities.find(input.identity)
  if (given) return given
  const live = await findUsableIdentity(client, CONTROL_PLANE, now(), signal)
  if (live) {
    log('The trust anchor and issuer that are in the cluster are used')
    return live
  }
  if (input.identity !== undefined)
    throw new ProblemError({
      code: 'gone',
      message: 'The certificates for this installation are gone: keys are kept in memory only',
      hint: 'Start the installation again and give them once more.',
    })
  const { anchors, certificate, key } = await createMeshIdentity(now())
  log(
    'Made a trust anchor (ten years) and an issuer (one year). The key of the anchor was not kept: to rotate the issuer, bring in a new anchor',
  )
  return { anchors, certificate, key }
}
