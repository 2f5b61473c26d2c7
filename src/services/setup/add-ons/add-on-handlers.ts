import { describePowers } from '../../../domain/setup/add-ons/describe-manifest.ts'
import {
  ADD_ON_NAMES,
  ADD_ONS_NAMESPACE,
  type AddOnName,
} from '../../../domain/setup/add-ons/find-add-ons.ts'
import { ProblemError } from '../../../domain/problem.ts'
import { resourceIdOf, type KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import type { Backend } from '../../../shared/contract.ts'
import type { AddOnPlan } from '../../../shared/contract/setup/add-ons.ts'
import type { ChangeStep } from '../../../shared/contract/changes.ts'
import { addressOf } from '../../changes/object-addresses.ts'
import { planObjects } from '../../changes/plan-objects.ts'
import { stateDigest } from '../../changes/compare-objects.ts'
import { readLive } from '../../changes/read-live.ts'
import { showChange } from '../../changes/show-object.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { listLiveAddOns, othersOf, describeDouble } from './live-add-ons.ts'
import { imageOf, readForCluster, readOwnManifest } from './own-manifests.ts'

/** The window's side of the add-ons: what is there, and what would change. What changes a cluster is a task. */
export function createAddOnHandlers(
  dependencies: SetupDependencies,
): Pick<Backend, 'listAddOns' | 'planAddOns'> {
  const { clusters, manifests } = dependencies

  /** What is already there is not planned twice. */
  async function chooseOwn(
    client: KubernetesClient,
    names: readonly AddOnName[],
    isBesideOthers: boolean,
    signal: AbortSignal,
  ): Promise<{ readonly objects: readonly KubernetesObject[]; readonly warnings: readonly string[] }> {
    const found = await listLiveAddOns(client, signal)
    const doubled = names.flatMap(name => othersOf(found, name).slice(0, 1))
    const wanted = isBesideOthers ? names : names.filter(name => othersOf(found, name).length === 0)
    const end = isBesideOthers ? 'ours is a second one' : 'it is left as it is and no second one is installed'
    return {
      objects: (await Promise.all(wanted.map(name => readForCluster(manifests, name, found)))).flat(),
      warnings: doubled.map(each => `${describeDouble(each)}; ${end}.`),
    }
  }

  return {
    async listAddOns({ context }, signal) {
      const found = await listLiveAddOns(clusters.client(context), signal)
      return Promise.all(
        ADD_ON_NAMES.map(async name => ({
          name,
          found: found.filter(each => each.name === name),
          image: imageOf(await readOwnManifest(manifests, name)),
        })),
      )
    },
    async planAddOns({ context, action, names, manifest, isBesideOthers = false }, signal) {
      const client = clusters.client(context)
      const fetched = manifest && (await fetchManifest(dependencies, manifest.url, signal))
      const own =
        action === 'install'
          ? await chooseOwn(client, names, isBesideOthers, signal)
          : {
              objects: (await Promise.all(names.map(name => readOwnManifest(manifests, name)))).flat(),
              warnings: [],
            }
      const ofOthers = fetched?.objects ?? []
      const parts =
        action === 'remove'
          ? await planDeletion(
              client,
              [...own.objects.filter(({ kind }) => kind !== 'Namespace'), ...ofOthers],
              signal,
            )
          : await planApply(client, own.objects, ofOthers, signal)
      const objects = [...own.objects, ...ofOthers]
      return {
        ...summarize(parts, action === 'install' ? objects : []),
        warnings: [...own.warnings, ...parts.warnings],
        ...(fetched ? { sha256: fetched.sha256 } : {}),
      }
    },
  }
}

interface Planned {
  readonly changes: readonly ChangeStep[]
  readonly warnings: readonly string[]
}

async function planApply(
  client: KubernetesClient,
  own: readonly KubernetesObject[],
  ofOthers: readonly KubernetesObject[],
  signal: AbortSignal,
): Promise<Planned> {
  // Our namespace is in each of our manifests, and is planned once.
  const once = own.filter(
    (object, index) =>
      object.kind !== 'Namespace' || own.findIndex(({ kind }) => kind === 'Namespace') === index,
  )
  const parts = [
    { objects: once, namespace: ADD_ONS_NAMESPACE },
    { objects: ofOthers, namespace: 'default' },
  ].filter(({ objects }) => objects.length > 0)
  const plans = await Promise.all(
    parts.map(({ objects, namespace }) => planObjects(client, objects, namespace, signal)),
  )
  return {
    changes: plans.flatMap(({ steps }) => steps.map(({ step }) => step)),
    warnings: plans.flatMap(({ problems }) => problems.map(({ message }) => `${message}.`)),
  }
}

async function planDeletion(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  signal: AbortSignal,
): Promise<Planned> {
  const steps = await Promise.all(
    objects.map(async (object): Promise<readonly ChangeStep[]> => {
      try {
        const { path, id } = await addressOf(client, resourceIdOf(object), 'default', signal)
        const live = await readLive(client, path, signal)
        const common = { id, line: 1, conflicts: [], problems: [], warnings: [] }
        const base = stateDigest(live)
        return live ? [{ ...common, action: 'delete', base, ...showChange(live, undefined) }] : []
      } catch (error) {
        // Its kind is gone, and it with it.
        if (error instanceof ProblemError && error.problem.code === 'not-found') return []
        throw error
      }
    }),
  )
  return { changes: steps.flat(), warnings: [] }
}

function summarize({ changes }: Planned, objects: readonly KubernetesObject[]): Omit<AddOnPlan, 'warnings'> {
  const namespaces = changes.flatMap(({ id }) => id.namespace ?? [])
  return {
    changes,
    clusterWide: changes
      .filter(({ id }) => id.namespace === undefined)
      .map(({ id }) => `${id.kind} ${id.name}`),
    namespaces: [...new Set(namespaces)].toSorted(),
    powers: describePowers(objects),
  }
}
