import { ADD_ONS_NAMESPACE } from '../../../domain/setup/add-ons/find-add-ons.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { addOnsInstall, addOnsRemove, type AddOnsInput } from '../../../shared/contract/setup/add-ons.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readLive } from '../../changes/read-live.ts'
import { applyInStep, deleteInStep, stepsIn } from '../steps/change-step.ts'
import { listItems } from '../../clusters/list-items.ts'
import { waitUntilGone } from '../steps/delete-objects.ts'
import { OWNER, OWNER_LABEL, requireOwnNamespace } from '../steps/namespace-guard.ts'
import { waitForRollouts } from '../steps/wait-for-rollouts.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import {
  implementTask,
  type StepContext,
  type StepDefinition,
  type TaskDefinition,
} from '../../tasks/task.ts'
import { readFetched } from './fetch-manifest.ts'
import { listLiveAddOns, othersOf, describeDouble, titleOf } from './live-add-ons.ts'
import { readForCluster, readOwnManifest } from './own-manifests.ts'

const READY_TIMEOUT_MS = 5 * 60_000
const DELETE_TIMEOUT_MS = 2 * 60_000

/** The tasks that install and remove add-ons. */
export const defineAddOnTasks = (dependencies: SetupDependencies): readonly TaskDefinition[] => [
  implementTask(addOnsInstall, input => ({
    title: `Install ${nameAll(input)} in ${input.context}`,
    lock: `cluster/${input.context}`,
    steps: installAddOnSteps(dependencies, input),
  })),
  implementTask(addOnsRemove, input => ({
    title: `Remove ${nameAll(input)} from ${input.context}`,
    lock: `cluster/${input.context}`,
    steps: removeSteps(dependencies, input),
  })),
]

const nameAll = ({ names, manifest }: AddOnsInput): string =>
  [...names.map(titleOf), ...(manifest ? [manifest.url] : [])].join(', ')

export interface AddOnInstallOptions {
  /** Why none is installed in this cluster; undefined where they are. */
  readonly skipReason?: (client: KubernetesClient, signal: AbortSignal) => Promise<string | undefined>
  readonly readyTimeoutMs?: number
}

/** Installs add-ons that the cluster does not have, and the user's own manifest. */
export function installAddOnSteps(
  dependencies: SetupDependencies,
  input: AddOnsInput,
  { skipReason, readyTimeoutMs = READY_TIMEOUT_MS }: AddOnInstallOptions = {},
): readonly StepDefinition[] {
  const { manifest } = input
  const { change } = stepsIn(dependencies, input.context)
  return [
    ...input.names.map(name =>
      change(name, `Install ${titleOf(name)}`, async (client, step) => {
        const { signal, log } = step
        const reason = await skipReason?.(client, signal)
        const found = await listLiveAddOns(client, signal)
        const [other] = othersOf(found, name)
        if (reason !== undefined) log(reason)
        else if (other && input.isBesideOthers !== true)
          log(`${describeDouble(other)}; it is left as it is and no second one is installed`)
        else {
          await requireOwnNamespace(client, ADD_ONS_NAMESPACE, signal)
          await applyInStep(
            client,
            await readForCluster(dependencies.manifests, name, found),
            step,
            ADD_ONS_NAMESPACE,
          )
        }
      }),
    ),
    ...(manifest
      ? [
          change('manifest', `Apply ${manifest.url}`, async (client, step) =>
            applyInStep(client, await readFetched(dependencies, manifest, step.signal), step),
          ),
        ]
      : []),
    ...(input.names.length > 0
      ? [
          change('ready', 'Wait until the add-ons are ready', (client, step) =>
            waitForOwn(client, readyTimeoutMs, step),
          ),
        ]
      : []),
  ]
}

async function waitForOwn(
  client: KubernetesClient,
  timeoutMs: number,
  { signal, report, log }: StepContext,
): Promise<void> {
  const own = await listDeployments(client, signal)
  if (own.length === 0) log('None of our add-ons is installed')
  else await waitForRollouts({ client, namespace: ADD_ONS_NAMESPACE, signal, report, timeoutMs })
}

const listDeployments = (
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> =>
  listItems(client, `/apis/apps/v1/namespaces/${ADD_ONS_NAMESPACE}/deployments`, {}, signal)

/** The namespace is deleted with our last add-on, and only if we created it. */
const withoutNamespace = (objects: readonly KubernetesObject[]): readonly KubernetesObject[] =>
  objects.filter(({ kind }) => kind !== 'Namespace')

function removeSteps(dependencies: SetupDependencies, input: AddOnsInput): readonly StepDefinition[] {
  const { manifest } = input
  const { change } = stepsIn(dependencies, input.context)
  return [
    ...input.names.map(name =>
      change(name, `Remove ${titleOf(name)}`, async (client, step) => {
        const objects = withoutNamespace(await readOwnManifest(dependencies.manifests, name))
        await deleteInStep(client, objects.toReversed(), step)
      }),
    ),
    ...(manifest
      ? [
          change('manifest', `Delete the objects of ${manifest.url}`, async (client, step) =>
            deleteInStep(client, (await readFetched(dependencies, manifest, step.signal)).toReversed(), step),
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
  const isOwn = namespace.metadata.labels?.[OWNER_LABEL] === OWNER
  const left = (await listDeployments(client, signal)).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  )
  if (!isOwn || left.length > 0) {
    log(
      `The namespace ${ADD_ONS_NAMESPACE} is kept: ${isOwn ? left.map(({ metadata }) => metadata.name).join(', ') : 'it was not created by Mesh Workbench'}`,
    )
    return
  }
  await deleteInStep(
    client,
    [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ADD_ONS_NAMESPACE } }],
    step,
  )
  await waitUntilGone({ client, namespace: ADD_ONS_NAMESPACE, signal, report, timeoutMs: DELETE_TIMEOUT_MS })
}
