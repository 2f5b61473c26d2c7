import * as v from 'valibot'
import { checkInstallation, requireNoOtherMesh } from '../../../domain/setup/steps/check-installation.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { IstioInstall } from '../../../shared/contract/setup/istio.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readServerVersion } from '../../clusters/server-version.ts'
import { defineState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { readObjects } from '../steps/apply-manifest.ts'
import { applyInStep, stepsIn } from '../steps/change-step.ts'
import { detectMeshes } from '../steps/detect-mesh.ts'
import { readInstallationMark, writeInstallationMark } from '../steps/installation-mark.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import { findVersionConflicts } from './istio-cluster.ts'
import { openIstio } from './open-istio.ts'
import { ISTIO_NAMESPACE, planInstall, revisionOf } from './plan-istio.ts'

const READY_TIMEOUT_MS = 5 * 60_000

/** The namespace of an installation that was there before and is kept. */
const KEPT = defineState('istio-kept', v.string())

export interface IstioInstallOptions extends IstioInstall {
  /** Any Istio that is there is kept as it is, whatever its revision. */
  readonly keepsExisting?: boolean
  /** The options report to our add-ons. */
  readonly isForAddOns?: boolean
  /** The Telemetry, where it is not part of the input. */
  readonly readTelemetry?: () => Promise<string>
  readonly readyTimeoutMs?: number
}

/** Checks, installs, waits, and compares what is there with what was planned. */
export function installSteps(
  dependencies: SetupDependencies,
  input: IstioInstallOptions,
): readonly StepDefinition[] {
  const { context, options, telemetry, readyTimeoutMs = READY_TIMEOUT_MS } = input
  const readTelemetry =
    input.readTelemetry ?? (telemetry === undefined ? undefined : () => Promise.resolve(telemetry))
  const marked = { mesh: 'istio', revision: revisionOf(options) } as const
  const { look, change } = stepsIn(dependencies, context)
  const mark = (client: KubernetesClient, state: 'begun' | 'done', { signal }: StepContext): Promise<void> =>
    writeInstallationMark(client, marked, { state, isForAddOns: input.isForAddOns === true }, signal)
  const unlessKept =
    (run: (client: KubernetesClient, step: StepContext) => Promise<void>) =>
    async (client: KubernetesClient, step: StepContext): Promise<void> => {
      if (step.state.get(KEPT) === undefined) await run(client, step)
    }
  return [
    look('check', 'Check that Istio can be installed', async (client, step) => {
      const kept = await findKept(client, input, step)
      if (kept === undefined) await (await openIstio(dependencies, input, step)).check(step)
      else step.state.set(KEPT, kept)
    }),
    change(
      'install',
      'Install Istio',
      unlessKept(async (client, step) => {
        const istio = await openIstio(dependencies, input, step)
        // From here on the cluster changes: a later run knows that what it finds is ours and not whole.
        await mark(client, 'begun', step)
        await istio.install(step, options)
      }),
    ),
    change('ready', 'Wait until Istio is ready', (client, { signal, report, state }) =>
      waitForRollouts({
        client,
        namespace: state.get(KEPT) ?? ISTIO_NAMESPACE,
        signal,
        report,
        timeoutMs: readyTimeoutMs,
      }),
    ),
    ...(readTelemetry === undefined
      ? []
      : [
          change(
            'tracing',
            'Apply the Telemetry of the mesh',
            unlessKept(async (client, step) =>
              applyInStep(client, parseTelemetry(await readTelemetry()), step),
            ),
          ),
        ]),
    look(
      'verify',
      'Compare Istio with the plan',
      unlessKept(async (client, step) => {
        const { changes } = await planInstall(
          dependencies,
          { ...input, ...(readTelemetry === undefined ? {} : { telemetry: await readTelemetry() }) },
          step,
        )
        const differing = changes.filter(({ action }) => action !== 'unchanged')
        step.log(`${String(changes.length - differing.length)} objects are as planned`)
        for (const { action, id } of differing)
          step.log(`${id.kind} ${id.name} is not as planned: another run would ${action} it`)
        await mark(client, 'done', step)
      }),
    ),
  ]
}

/** The namespace of the installation that is kept; a problem where Istio can't be installed. */
async function findKept(
  client: KubernetesClient,
  { options, confirmsOverwrite, keepsExisting }: IstioInstallOptions,
  { signal, log }: StepContext,
): Promise<string | undefined> {
  const revision = revisionOf(options)
  const [meshes, mark, kubernetes] = await Promise.all([
    detectMeshes(client, signal),
    readInstallationMark(client, { mesh: 'istio', revision }, signal),
    readServerVersion(client, signal),
  ])
  requireNoOtherMesh('istio', meshes)
  const existing =
    meshes.find(each => (each.revision ?? 'default') === revision) ??
    (keepsExisting === true ? meshes[0] : undefined)
  const action = checkInstallation({
    mesh: 'istio',
    existing,
    isBegun: mark?.state === 'begun',
    ifInstalled: keepsExisting === true ? 'keep' : confirmsOverwrite === true ? 'overwrite' : 'reject',
  })
  if (action === 'keep' && existing) {
    const { version = '', namespace, managedBy } = existing
    log(`Istio ${version} in ${namespace} (managed by ${managedBy}) is left as it is`)
    return existing.namespace
  }
  for (const conflict of findVersionConflicts(kubernetes)) log(conflict)
  return undefined
}

/** Only this kind comes along with the options. */
function parseTelemetry(text: string): ReturnType<typeof readObjects> {
  const objects = readObjects(text)
  const other = objects.find(({ kind }) => kind !== 'Telemetry')
  if (!other) return objects
  throw new ProblemError({
    code: 'bad-input',
    message: `A Telemetry was expected, not ${other.kind}`,
    at: 'telemetry',
  })
}
