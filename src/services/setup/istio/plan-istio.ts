import {
  defaultTagObjects,
  deactivateInjector,
  setsDefaultTag,
} from '../../../domain/setup/istio/default-tag.ts'
import { findPlannedLosses } from '../../../domain/setup/istio/planned-losses.ts'
import { normalizeInstalled } from '../../../domain/setup/istio/normalize-installed.ts'
import { readIstioOptions } from '../../../domain/setup/istio/istio-options.ts'
import { ProblemError } from '../../../domain/problem.ts'
import {
  resourceIdOf,
  resourceKey,
  type KubernetesObject,
} from '../../../domain/kubernetes/kubernetes-object.ts'
import type { IstioInstall, IstioPlan } from '../../../shared/contract/setup/istio.ts'
import { addressOf } from '../../changes/object-addresses.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'
import { readObjects } from '../steps/apply-manifest.ts'
import { asDeletion, planInstallation } from '../steps/plan-installation.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { StepContext } from '../../tasks/task.ts'
import { readIstioState } from './istio-cluster.ts'
import { openIstio } from './open-istio.ts'
import { listOwned } from './list-istio-objects.ts'
import { readInstallationUsers } from './installation-users.ts'

const INJECTORS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/** Applies what istioctl applies. Source: istio, operator/pkg/helmreconciler */
const FIELD_MANAGER = 'istio-operator'
export const ISTIO_NAMESPACE = 'istio-system'

/**
 * What an installation of these options would do to a cluster: its own manifests, dry-run object by object as istioctl
 * would apply them, and what the same revision has now that would be left over. Nothing changes.
 */
export async function planInstall(
  dependencies: SetupDependencies,
  input: IstioInstall,
  step: Pick<StepContext, 'signal' | 'log' | 'report' | 'run'>,
): Promise<IstioPlan> {
  const { signal } = step
  const client = dependencies.clusters.client(input.context)
  const revision = revisionOf(input.options)
  const istio = await openIstio(dependencies, input, step)
  const [manifest, version, state] = await Promise.all([
    istio.preview(step, input.options),
    istio.readVersion(step),
    readIstioState(client, signal),
  ])
  const manifests = readObjects(manifest)
  const injectors = await listItems(client, INJECTORS, {}, signal)
  const hasTag = setsDefaultTag(manifests, revision, injectors)
  const generated = hasTag
    ? [...manifests.map(deactivateInjector), ...defaultTagObjects(manifests)]
    : manifests
  const objects = await Promise.all(
    generated.map(async object =>
      normalizeInstalled(object, await findLive(client, object, signal), version),
    ),
  )
  const telemetry = input.telemetry === undefined ? [] : readObjects(input.telemetry)
  const [planned, present] = await Promise.all([
    planInstallation(
      client,
      [namespaceObject(), ...objects, ...telemetry],
      ISTIO_NAMESPACE,
      signal,
      FIELD_MANAGER,
    ),
    listOwned(client, revision, signal),
  ])
  const kept = new Set(objects.map(keyOf))
  const left = present.filter(each => !kept.has(keyOf(each)) && isOfInstallation(each))
  const losses = left.length === 0 ? [] : findPlannedLosses(left, await readInstallationUsers(client, signal))
  const existing = state.installations.find(each => each.revision === revision)
  return {
    changes: [...planned.changes, ...left.map(asDeletion)],
    stays: [],
    losses,
    warnings: [
      ...state.otherMeshes.map(
        other => `The cluster has ${other}: two meshes in one cluster interfere with each other.`,
      ),
      ...(existing && !existing.isByIstioctl
        ? [
            `Istio ${existing.version ?? ''} in ${existing.namespace} was installed with ${existing.managedBy}: change it there, or install another revision beside it.`,
          ]
        : []),
      ...state.conflicts,
      ...planned.warnings,
    ],
  }
}

/** The revision that a text installs; a text that is none is a problem. */
export function revisionOf(options: string): string {
  const read = readIstioOptions(options)
  if ('problem' in read) throw new ProblemError({ ...read.problem, at: 'options' })
  return read.options.revision ?? 'default'
}

const namespaceObject = (): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: ISTIO_NAMESPACE },
})

/** Base and CRDs are shared by all revisions, and what a tag made goes with the tag. */
const isOfInstallation = ({ kind, metadata: { labels = {} } }: KubernetesObject): boolean =>
  kind !== 'CustomResourceDefinition' &&
  labels['operator.istio.io/component'] !== 'Base' &&
  labels['istio.io/tag'] === undefined

const keyOf = (object: KubernetesObject): string => resourceKey(resourceIdOf(object))

async function findLive(
  client: KubernetesClient,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  try {
    const { path } = await addressOf(client, resourceIdOf(object), ISTIO_NAMESPACE, signal)
    return await readLive(client, path, signal)
  } catch (error) {
    // Its kind is not served yet: its CRD is part of the same installation.
    if (error instanceof ProblemError && error.problem.code === 'not-found') return undefined
    throw error
  }
}
