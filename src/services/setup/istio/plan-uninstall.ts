import type { RemovedRevisions } from '../../../domain/setup/istio/leftover-labels.ts'
import { findPlannedLosses } from '../../../domain/setup/istio/planned-losses.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { IstioInstallation, IstioPlan, IstioUninstall } from '../../../shared/contract/setup/istio.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { countInstances } from '../steps/count-instances.ts'
import { asDeletion } from '../steps/plan-installation.ts'
import { findIstioLeftovers } from './find-istio-leftovers.ts'
import { readIstioState } from './istio-cluster.ts'
import { readInstallationUsers } from './installation-users.ts'
import { listCrds, listOwned } from './list-istio-objects.ts'
import { ISTIO_NAMESPACE } from './plan-istio.ts'

/** What an uninstall would delete and what it would leave. Nothing changes. */
export async function planUninstall(
  dependencies: SetupDependencies,
  input: IstioUninstall,
  signal: AbortSignal,
): Promise<IstioPlan> {
  const { context, revision, hasCrds = false, hasNamespace = false } = input
  const client = dependencies.clusters.client(context)
  const state = await readIstioState(client, signal)
  requireInstallation(state.installations, input)
  const meant = state.installations.filter(each => revision === undefined || each.revision === revision)
  const [owned, crds, stays, users] = await Promise.all([
    listOwned(client, revision, signal),
    hasCrds ? listCrds(client, signal) : [],
    findIstioLeftovers(client, input, removedRevisions(meant, revision), signal),
    readInstallationUsers(client, signal),
  ])
  const going = new Set(meant.map(each => each.revision))
  // Without the CRDs, what all revisions share stays.
  const objects = owned.filter(
    ({ metadata: { labels = {} } }) =>
      hasCrds ||
      (labels['operator.istio.io/component'] !== 'Base' && going.has(labels['istio.io/rev'] ?? 'default')),
  )
  const lost = await countInstances(client, crds, signal)
  return {
    changes: [...objects, ...crds].map(asDeletion),
    stays,
    losses: findPlannedLosses(objects, users),
    warnings: [
      ...meant
        .filter(each => !each.isByIstioctl)
        .map(
          each =>
            `The revision ${each.revision} was installed with ${each.managedBy}: uninstall it there, or it may come back.`,
        ),
      ...lost.map(({ kind, count }) => `${String(count)} ${kind} objects are deleted with their CRD.`),
      ...(hasNamespace
        ? [`The namespace ${ISTIO_NAMESPACE} goes with everything in it, the certificate authority too.`]
        : []),
    ],
  }
}

/** What stops being served: the revisions with their tags, and ambient mode where its parts are theirs. */
export function removedRevisions(
  going: readonly IstioInstallation[],
  revision: string | undefined,
): RemovedRevisions {
  return {
    names: revision === undefined ? undefined : going.flatMap(each => [each.revision, ...each.tags]),
    hasAmbient: revision === undefined || going.some(({ hasAmbient }) => hasAmbient),
  }
}

/** A problem where there is nothing to uninstall. */
export function requireInstallation(
  installations: readonly { readonly revision: string }[],
  { context, revision }: Pick<IstioUninstall, 'context' | 'revision'>,
): void {
  const exists = installations.some(each => revision === undefined || each.revision === revision)
  if (exists) return
  throw new ProblemError({
    code: 'not-found',
    message:
      revision === undefined
        ? `There is no Istio in ${context}`
        : `There is no revision ${revision} of Istio in ${context}`,
    hint: 'Check what is installed, then choose again.',
  })
}
