import { ADD_ONS_NAMESPACE } from '../../../domain/setup/add-ons/find-add-ons.ts'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import { addOnsInstall, addOnsRemove, type AddOnsInput } from '../../../shared/contract/setup/add-ons.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readLive } from '../../changes/read-live.ts'
import { applyInStep, deleteInStep, stepsIn } from '../steps/change-step.ts'
import { listItems } from '../../clusters/list-items.ts'
import { waitUntilGone } from '../steps/delete-objects.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import type { SetupSetting } from '../setup-dependencies.ts'
import {
  implementTask,
  type StepContext,
  type StepDefinition,
  type TaskDefinition,
} from '../../tasks/task.ts'
import { readFetched } from './fetch-manifest.ts'
import { listLiveAddOns, othersOf, tellDouble, titleOf } from './live-add-ons.ts'
import { readForCluster, readOwnManifest } from './own-manifests.ts'

const READY_WITHIN = 5 * 60_000
const GONE_WITHIN = 2 * 60_000

/** The tasks that install and remove add-ons. */
export const defineAddOnTasks = (setting: SetupSetting): readonly TaskDefinition[] => [
  implementTask(addOnsInstall, input => ({
    title: `Install ${nameAll(input)} in ${input.context}`,
    lock: `cluster/${input.context}`,
    steps: installSteps(setting, input),
  })),
  implementTask(addOnsRemove, input => ({
    title: `Remove ${nameAll(input)} from ${input.context}`,
    lock: `cluster/${input.context}`,
    steps: removeSteps(setting, input),
  })),
]

const nameAll = ({ names, manifest }: AddOnsInput): string =>
  [...names.map(titleOf), ...(manifest ? [manifest.url] : [])].join(', ')

function installSteps(setting: SetupSetting, input: AddOnsInput): readonly StepDefinition[] {
  const { manifest } = input
  const { change } = stepsIn(setting, input.context)
  return [
    ...input.names.map(name =>
      change(name, `Install ${titleOf(name)}`, async (client, step) => {
        const found = await listLiveAddOns(client, step.signal)
        const others = othersOf(found, name)
        if (others[0] && input.isBesideOthers !== true) {
          step.log(`${tellDouble(others[0])}; it is left as it is and no second one is installed`)
          return
        }
        await applyInStep(
          client,
          await readForCluster(setting.manifests, name, found),
          step,
          ADD_ONS_NAMESPACE,
        )
      }),
    ),
    ...(manifest
      ? [
          change('manifest', `Apply ${manifest.url}`, async (client, step) =>
            applyInStep(client, await readFetched(setting, manifest, step.signal), step),
          ),
        ]
      : []),
    ...(input.names.length > 0
      ? [change('ready', 'Wait until they run', (client, step) => waitForOwn(client, step))]
      : []),
  ]
}

async function waitForOwn(client: KubernetesClient, { signal, report, log }: StepContext): Promise<void> {
  const own = await listDeployments(client, signal)
  if (own.length === 0) log('None of ours is installed')
  else await waitForRollouts({ client, namespace: ADD_ONS_NAMESPACE, signal, report, longest: READY_WITHIN })
}

const listDeployments = (
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> =>
  listItems(client, `/apis/apps/v1/namespaces/${ADD_ONS_NAMESPACE}/deployments`, {}, signal)

/** The namespace goes with the last of ours, and only if it is ours. */
const withoutNamespace = (objects: readonly KubernetesObject[]): readonly KubernetesObject[] =>
  objects.filter(({ kind }) => kind !== 'Namespace')

function removeSteps(setting: SetupSetting, input: AddOnsInput): readonly StepDefinition[] {
  const { manifest } = input
  const { change } = stepsIn(setting, input.context)
  return [
    ...input.names.map(name =>
      change(name, `Remove ${titleOf(name)}`, async (client, step) => {
        const objects = withoutNamespace(await readOwnManifest(setting.manifests, name))
        await deleteInStep(client, objects.toReversed(), step)
      }),
    ),
    ...(manifest
      ? [
          change('manifest', `Delete the objects of ${manifest.url}`, async (client, step) =>
            deleteInStep(client, (await readFetched(setting, manifest, step.signal)).toReversed(), step),
          ),
        ]
      : []),
    ...(input.names.length > 0 ? [change('namespace', 'Remove what is empty', removeNamespace)] : []),
  ]
}

async function removeNamespace(client: KubernetesClient, step: StepContext): Promise<void> {
  const { signal, log, report } = step
  const path = `/api/v1/namespaces/${ADD_ONS_NAMESPACE}`
  const namespace = await readLive(client, path, signal)
  if (!namespace) return
  const isOwn = namespace.metadata.labels?.['app.kubernetes.io/managed-by'] === 'mesh-workbench'
  const left = (await listDeployments(client, signal)).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  )
  if (!isOwn || left.length > 0) {
    log(
      `The namespace ${ADD_ONS_NAMESPACE} stays: ${isOwn ? left.map(({ metadata }) => metadata.name).join(', ') : 'somebody else made it'}`,
    )
    return
  }
  await deleteInStep(
    client,
    [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ADD_ONS_NAMESPACE } }],
    step,
  )
  await waitUntilGone({ client, namespace: ADD_ONS_NAMESPACE, signal, report, longest: GONE_WITHIN })
}
