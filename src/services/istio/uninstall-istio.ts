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
        // `--purge` takes the CRDs too, and with them every object of Istio; one revision after another leaves them.
        const known = step.recall('revisions')
        const all = Array.isArray(known) ? known.map(String) : installations.map(each => each.revision)
        // A run that goes on may find the control plane gone and other parts of its revision not.
        step.remember('revisions', all)
        const wanted = revision === undefined ? all : [revision]
        for (const each of hasCrds && revision === undefined ? [undefined] : wanted)
          await istio.uninstall(step, each)
        await deleteMark(client, installations.length > 1 && revision !== undefined, step.signal)
      },
    },
    ...(hasCrds
      ? [
          {
            name: 'crds',
            title: 'Delete the CRDs of Istio',
            cleanUp: halfDone,
            run: async (step: StepContext) => {
              const crds = await listCrds(client, step.signal)
              await deleteAll(client, crds, step)
            },
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
async function deleteMark(client: KubernetesClient, isKept: boolean, signal: AbortSignal): Promise<void> {
  if (isKept) return
  const path = '/api/v1/namespaces/kube-system/configmaps/mesh-workbench-istio'
  if (await readLive(client, path, signal)) await client.readJson({ method: 'DELETE', path, signal })
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
    if (await readLive(client, path, signal)) await client.readJson({ method: 'DELETE', path, signal })
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
