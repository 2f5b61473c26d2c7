import * as v from 'valibot'
import type { RemovedRevisions } from '../../../domain/setup/istio/leftover-labels.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { IstioUninstall } from '../../../shared/contract/setup/istio.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { pollUntil } from '../../clusters/poll-until.ts'
import { deleteInStep, stepsIn } from '../steps/change-step.ts'
import { detectMeshes } from '../steps/detect-mesh.ts'
import { markObject } from '../steps/installation-mark.ts'
import { deleteObjects, waitUntilGone } from '../steps/delete-objects.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { defineState } from '../../tasks/step-state.ts'
import type { StepContext, StepDefinition } from '../../tasks/task.ts'
import { findIstioLeftovers } from './find-istio-leftovers.ts'
import { readIstioState } from './istio-cluster.ts'
import { openIstio } from './open-istio.ts'
import { listCrds } from './list-istio-objects.ts'
import { ISTIO_NAMESPACE } from './plan-istio.ts'
import { requireInstallation, removedRevisions } from './plan-uninstall.ts'

const DELETE_TIMEOUT_MS = 3 * 60_000
const POLL_INTERVAL_MS = 1_000
const NAMESPACE: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: ISTIO_NAMESPACE },
}

const BEGUN = defineState('begun', v.boolean())
/** The revisions that the first run found. */
const REVISIONS = defineState('revisions', v.array(v.string()))
/** The names by which namespaces asked for them, read before the tags were gone. */
const REMOVED = defineState(
  'removed',
  v.object({ names: v.nullable(v.array(v.string())), hasAmbient: v.boolean() }),
)

/** Removes what the user chose, and says what is left. */
export function uninstallSteps(
  dependencies: SetupDependencies,
  input: IstioUninstall,
): readonly StepDefinition[] {
  const { context, revision, hasCrds = false, hasNamespace = false } = input
  const isPurge = revision === undefined && hasCrds
  const { look, change } = stepsIn(dependencies, context)
  const what = revision === undefined ? 'Uninstall Istio' : `Uninstall the revision ${revision}`
  return [
    change('uninstall', what, async (client, step) => {
      const { installations } = await readIstioState(client, step.signal)
      // A run that was stopped has left less than an installation.
      if (step.state.get(BEGUN) !== true) requireInstallation(installations, input)
      step.state.set(BEGUN, true)
      const istio = await openIstio(dependencies, input, step)
      const going = installations.filter(each => revision === undefined || each.revision === revision)
      const revisions = step.state.get(REVISIONS) ?? going.map(each => each.revision)
      // A resumed run may find the control plane gone and other parts of its revision still there.
      step.state.set(REVISIONS, revisions)
      const removed = removedRevisions(going, revision)
      if (step.state.get(REMOVED) === undefined)
        step.state.set(REMOVED, {
          names: removed.names === undefined ? null : [...removed.names],
          hasAmbient: removed.hasAmbient,
        })
      // A tag that points nowhere would reject every object of Istio, and every pod that it should inject.
      for (const { tags } of going) for (const tag of tags) await istio.tag(step, tag, undefined)
      // `--purge` would take the CRDs and with them the user's routes, so each revision is taken by its name.
      if (isPurge) await istio.purge(step)
      else for (const each of revisions) await istio.uninstall(step, each)
      await waitUntilRemoved(client, revisions, step)
      const marks = revisions.map(each => markObject({ mesh: 'istio', revision: each }))
      await deleteObjects({ client, objects: marks, signal: step.signal })
    }),
    ...(isPurge ? [change('crds', 'Wait until the CRDs of Istio are gone', deleteCrds)] : []),
    ...(hasNamespace
      ? [change('namespace', `Delete the namespace ${ISTIO_NAMESPACE}`, deleteNamespace)]
      : []),
    look('remains', 'See what is left', async (client, step) => {
      const leftovers = await findIstioLeftovers(client, input, readRemoved(step), step.signal)
      for (const leftover of leftovers) step.log(`Left as it is: ${leftover}`)
      if (leftovers.length === 0) step.log('Nothing is left')
    }),
  ]
}

/** istioctl returns while the cluster still deletes the control plane's pods, and the Deployment after them. */
async function waitUntilRemoved(
  client: KubernetesClient,
  revisions: readonly string[],
  { signal }: StepContext,
): Promise<void> {
  let left: readonly string[] = []
  await pollUntil(
    async () => {
      const found = await detectMeshes(client, signal)
      left = found
        .filter(({ mesh, revision = 'default' }) => mesh === 'istio' && revisions.includes(revision))
        .map(({ namespace, revision = 'default' }) => `${namespace}/${revision}`)
      return left.length === 0 ? true : undefined
    },
    () =>
      new ProblemError({
        code: 'conflict',
        message: `Still being deleted after ${DELETE_TIMEOUT_MS / 1000} s: ${left.join(', ')}`,
        hint: 'Look for pods of the control plane that do not end. Then run this again to continue.',
      }),
    { intervalMs: POLL_INTERVAL_MS, timeoutMs: DELETE_TIMEOUT_MS, signal },
  )
}

function readRemoved({ state }: Pick<StepContext, 'state'>): RemovedRevisions {
  const { names = null, hasAmbient = false } = state.get(REMOVED) ?? {}
  return { names: names ?? undefined, hasAmbient }
}

/** The deletion that istioctl began continues in the cluster; finalizers of the user's objects can hold it up. */
async function deleteCrds(client: KubernetesClient, step: StepContext): Promise<void> {
  const { signal, report } = step
  await deleteInStep(client, await listCrds(client, signal), step)
  let left: readonly string[] = []
  await pollUntil(
    async () => {
      left = (await listCrds(client, signal)).map(({ metadata }) => metadata.name)
      if (left.length === 0) return true
      report(undefined, left.join(', '))
      return undefined
    },
    () =>
      new ProblemError({
        code: 'conflict',
        message: `Still being deleted after ${DELETE_TIMEOUT_MS / 1000} s: ${left.join(', ')}`,
        hint: 'Look for objects of these kinds with finalizers. Then run this again to continue.',
      }),
    { intervalMs: POLL_INTERVAL_MS, timeoutMs: DELETE_TIMEOUT_MS, signal },
  )
}

async function deleteNamespace(client: KubernetesClient, step: StepContext): Promise<void> {
  const { signal, report } = step
  await deleteInStep(client, [NAMESPACE], step)
  await waitUntilGone({ client, namespace: ISTIO_NAMESPACE, signal, report, timeoutMs: DELETE_TIMEOUT_MS })
}
