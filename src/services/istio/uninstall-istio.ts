import type { IstioUninstall } from '../../shared/contract/istio.ts'
import { addressOf } from '../changes/object-addresses.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { pause } from '../clusters/pause.ts'
import { readLive } from '../changes/read-live.ts'
import { resourceIdOf, type KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import { ProblemError } from '../../domain/problem.ts'
import type { SetupSetting } from '../setup/setup-setting.ts'
import type { StepContext, StepDefinition } from '../tasks/task.ts'
import { findRemains } from './find-remains.ts'
import { readIstioState } from './istio-cluster.ts'
import { openIstio } from './open-istio.ts'
import { listCrds } from './owned-objects.ts'
import { ISTIO_NAMESPACE } from './plan-istio.ts'
import { demandInstallation } from './plan-uninstall.ts'

const GONE_WITHIN = 3 * 60_000
const LOOK_AGAIN = 1_000

/** Takes away what the user chose, and says what is left. */
export function uninstallSteps(setting: SetupSetting, input: IstioUninstall): readonly StepDefinition[] {
  const { context, revision, hasCrds = false, hasNamespace = false } = input
  const client = setting.clusters.client(context)
  const isPurge = revision === undefined && hasCrds
  const halfDone = (): Promise<readonly string[]> =>
    Promise.resolve([`Istio is uninstalled in part from ${context}; go on with the task to finish.`])
  return [
    {
      name: 'uninstall',
      title: revision === undefined ? 'Uninstall Istio' : `Uninstall the revision ${revision}`,
      cleanUp: halfDone,
      async run(step) {
        const { installations } = await readIstioState(client, step.signal)
        // A run that was stopped has left less than an installation.
        if (step.recall('begun') !== true) demandInstallation(installations, input)
        step.remember('begun', true)
        const istio = await openIstio(setting, input, step)
        const going = installations.filter(each => revision === undefined || each.revision === revision)
        const known = step.recall('revisions')
        const revisions = Array.isArray(known) ? known.map(String) : going.map(each => each.revision)
        // A run that goes on may find the control plane gone and other parts of its revision not.
        step.remember('revisions', revisions)
        // A tag that leads nowhere would refuse every object of Istio, and every pod that it is to inject.
        for (const { tags } of going) for (const tag of tags) await istio.tag(step, tag, undefined)
        // `--purge` would take the CRDs and with them the user's routes, so each revision is taken by its name.
        if (isPurge) await istio.purge(step)
        else for (const each of revisions) await istio.uninstall(step, each)
        if (going.length === installations.length) await deleteMark(client, step.signal)
      },
    },
    ...(isPurge
      ? [
          {
            name: 'crds',
            title: 'Wait until the CRDs of Istio are gone',
            cleanUp: halfDone,
            run: async (step: StepContext) => deleteAll(client, await listCrds(client, step.signal), step),
          },
        ]
      : []),
    ...(hasNamespace
      ? [
          {
            name: 'namespace',
            title: `Delete the namespace ${ISTIO_NAMESPACE}`,
            cleanUp: halfDone,
            run: async (step: StepContext) => {
              const own = await readLive(client, `/api/v1/namespaces/${ISTIO_NAMESPACE}`, step.signal)
              if (own) await deleteAll(client, [{ ...own, apiVersion: 'v1', kind: 'Namespace' }], step)
            },
          },
        ]
      : []),
    {
      name: 'remains',
      title: 'See what is left',
      cleanUp: 'nothing',
      async run(step) {
        const remains = await findRemains(client, input, step.signal)
        for (const remain of remains) step.log(`Left as it is: ${remain}`)
        if (remains.length === 0) step.log('Nothing is left')
      },
    },
  ]
}

/** What the one-click set-up remembers in the cluster of its own installation. */
async function deleteMark(client: KubernetesClient, signal: AbortSignal): Promise<void> {
  const path = '/api/v1/namespaces/kube-system/configmaps/mesh-workbench-istio'
  await deleteOne(client, path, signal)
}

/** What somebody else deletes in the same moment is gone all the same. */
async function deleteOne(client: KubernetesClient, path: string, signal: AbortSignal): Promise<void> {
  try {
    await client.readJson({ method: 'DELETE', path, signal })
  } catch (error) {
    if (!(error instanceof ProblemError && error.problem.code === 'not-found')) throw error
  }
}

/** Deletes objects and waits until they are gone, as finalizers may take their time. */
async function deleteAll(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  { signal, report, log }: StepContext,
): Promise<void> {
  const late = AbortSignal.timeout(GONE_WITHIN)
  for (const [index, object] of objects.entries()) {
    const { path } = await addressOf(client, resourceIdOf(object), ISTIO_NAMESPACE, signal)
    await deleteOne(client, path, signal)
    log(`Deleted ${object.kind} ${object.metadata.name}`)
    report(index / objects.length, `${object.kind} ${object.metadata.name}`)
    while (await readLive(client, path, signal)) {
      if (late.aborted)
        throw new ProblemError({
          code: 'unreachable',
          message: `${object.kind} ${object.metadata.name} is still there after ${String(GONE_WITHIN / 1000)} s`,
          hint: 'Look at its finalizers: the controller that should take them away may be gone.',
        })
      await pause(LOOK_AGAIN, signal)
    }
  }
}
