import { readServerVersion } from '../../clusters/server-version.ts'
import { withoutGatewayApi } from '../../../domain/setup/linkerd/without-gateway-api.ts'
import { toProblem } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { resolveVersions } from '../../../domain/setup/versions/resolve-versions.ts'
import type { LinkerdAction, LinkerdPlan } from '../../../shared/contract/setup/linkerd.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { countInstances } from '../steps/count-instances.ts'
import type { Linkerd } from './linkerd-program.ts'
import { asDeletion, planInstallation } from '../steps/plan-installation.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { findLinkerdLeftovers } from './find-linkerd-leftovers.ts'
import { planLiveGatewayApi, readGatewayApiBundle } from '../gateway-api/live-gateway-api.ts'
import { withIdentityFiles } from './identity-files.ts'
import type { IdentityStore } from './identity-store.ts'
import { CONTROL_PLANE, VIZ } from './install-linkerd.ts'
import { requireLinkerd, listMeshedPods, detectLinkerd, requireNotHelm } from './detect-linkerd.ts'
import { openLinkerd } from './open-linkerd.ts'
import { isOwn } from './list-linkerd-objects.ts'
import { findUninstallProblem, listControlPlane, listViz } from './uninstall-linkerd.ts'
import { requireNewEnough } from './upgrade-linkerd.ts'

/** A preview has no log: its problems are all that it says. */
const quietly = (signal: AbortSignal) => ({ signal, log: () => undefined, report: () => undefined })

/** Finds out what an action would do in a cluster, by rendering and dry runs. Nothing changes. */
export async function planLinkerd(
  dependencies: SetupDependencies,
  identities: IdentityStore,
  action: LinkerdAction,
  signal: AbortSignal,
): Promise<LinkerdPlan> {
  const client = dependencies.clusters.client(action.context)
  switch (action.action) {
    case 'install':
      return planInstall(dependencies, identities, client, action, signal)
    case 'upgrade':
      return planUpgrade(dependencies, client, action, signal)
    case 'uninstall':
      return planUninstall(client, action.context, signal)
    case 'viz': {
      if (!action.isOn)
        return { changes: (await listViz(client, signal)).map(asDeletion), warnings: [], stays: [] }
      const { namespace } = requireLinkerd(await detectLinkerd(client, signal), action.context)
      const linkerd = await openLinkerd(dependencies, { ...action, namespace }, quietly(signal))
      const objects = await linkerd.render(quietly(signal), 'viz')
      return { ...(await planInstallation(client, objects, VIZ, signal)), stays: [] }
    }
  }
}

async function planInstall(
  dependencies: SetupDependencies,
  identities: IdentityStore,
  client: KubernetesClient,
  action: Extract<LinkerdAction, { action: 'install' }>,
  signal: AbortSignal,
): Promise<LinkerdPlan> {
  const step = quietly(signal)
  const linkerd = await openLinkerd(dependencies, action, step)
  const version = (await linkerd.readVersion(step)) ?? action.version
  const [gatewayApi, { others }, conflicts] = await Promise.all([
    planLiveGatewayApi(client, version, signal),
    detectLinkerd(client, signal),
    findVersionConflicts(client, version, signal),
  ])
  const { isHighAvailability } = action
  const render = (files?: Parameters<Parameters<typeof withIdentityFiles>[1]>[0]) =>
    linkerd.render(step, 'control-plane', {
      isForPreview: true,
      isHighAvailability,
      ...(files === undefined ? {} : { identity: files }),
    })
  const identity = action.identity === undefined ? undefined : identities.find(action.identity)
  const [bundle, viz] = await Promise.all([
    previewPart('The CRDs of the Gateway API', signal, () =>
      readGatewayApiBundle(dependencies, gatewayApi, action.gatewayApiFile, step),
    ),
    action.hasViz
      ? previewPart('Linkerd viz', signal, () => linkerd.render(step, 'viz', { isForPreview: true }))
      : NOTHING,
  ])
  const objects = [
    ...bundle.objects,
    ...withoutGatewayApi(await linkerd.render(step, 'crds', { isForPreview: true })),
    ...(identity ? await withIdentityFiles(identity, render) : await render()),
    ...viz.objects,
  ]
  const planned = await planInstallation(client, objects, CONTROL_PLANE, signal)
  return {
    ...planned,
    gatewayApi,
    stays: [],
    warnings: [
      ...others.map(
        ({ mesh, version = '', namespace }) =>
          `${mesh} ${version} is in ${namespace} already: two meshes in one cluster interfere with each other.`,
      ),
      ...conflicts,
      ...(identity
        ? []
        : [
            'The certificates of the preview are not those of the installation: it makes its own when it begins.',
          ]),
      ...bundle.warnings,
      ...viz.warnings,
      ...planned.warnings,
    ],
  }
}

/** What the tables of versions say against this release on this cluster. */
async function findVersionConflicts(
  client: KubernetesClient,
  linkerd: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const gitVersion = await readServerVersion(client, signal)
  const { conflicts } = resolveVersions({
    provider: 'existing',
    meshes: ['linkerd'],
    ...(gitVersion === '' ? {} : { kubernetes: gitVersion }),
    ...(linkerd === undefined ? {} : { linkerd }),
  })
  return conflicts
    .filter(({ severity }) => severity !== 'info')
    .map(({ message, hint }) => `${message}. ${hint}`)
}

async function planUpgrade(
  dependencies: SetupDependencies,
  client: KubernetesClient,
  action: Extract<LinkerdAction, { action: 'upgrade' }>,
  signal: AbortSignal,
): Promise<LinkerdPlan> {
  const step = quietly(signal)
  const installation = requireLinkerd(await detectLinkerd(client, signal), action.context)
  requireNotHelm(installation, 'upgraded')
  const { namespace } = installation
  const linkerd = await openLinkerd(dependencies, { ...action, namespace }, step)
  await requireNewEnough(linkerd, installation, step)
  const version = await linkerd.readVersion(step)
  const objects = [
    ...withoutGatewayApi(await linkerd.render(step, 'upgrade-crds')),
    ...(await linkerd.render(step, 'upgrade-control-plane')),
  ]
  const gatewayApi = await planLiveGatewayApi(client, version, signal)
  const bundle = await previewPart('The CRDs of the Gateway API', signal, () =>
    readGatewayApiBundle(dependencies, gatewayApi, action.gatewayApiFile, step),
  )
  const [planned, extra, pods, conflicts] = await Promise.all([
    planInstallation(client, [...bundle.objects, ...objects], namespace, signal),
    findExtraneous(linkerd, signal),
    listMeshedPods(client, namespace, signal),
    findVersionConflicts(client, version, signal),
  ])
  return {
    gatewayApi,
    changes: [...planned.changes, ...extra.objects.map(asDeletion)],
    warnings: [
      ...conflicts,
      ...bundle.warnings,
      ...planned.warnings,
      ...extra.warnings,
      ...(pods.length > 0
        ? [`Pods keep their earlier proxy until they are restarted (${pods.length}): see Injection.`]
        : []),
    ],
    stays: [],
  }
}

interface PreviewPart {
  readonly objects: readonly KubernetesObject[]
  readonly warnings: readonly string[]
}
const NOTHING: PreviewPart = { objects: [], warnings: [] }

/** A part that cannot be previewed, for lack of a network for example, is named; the rest is previewed all the same. */
async function previewPart(
  what: string,
  signal: AbortSignal,
  read: () => Promise<readonly KubernetesObject[]>,
): Promise<PreviewPart> {
  try {
    return { objects: await read(), warnings: [] }
  } catch (error) {
    if (signal.aborted) throw error
    return { objects: [], warnings: [`${what} can't be previewed: ${toProblem(error).message}.`] }
  }
}

/** The upgrade is previewed even where the program can't list what is left over. */
async function findExtraneous(linkerd: Linkerd, signal: AbortSignal): Promise<PreviewPart> {
  try {
    const found = await linkerd.listExtraneous(quietly(signal), 'control-plane')
    return { objects: withoutGatewayApi(found), warnings: [] }
  } catch (error) {
    if (signal.aborted) throw error
    return {
      objects: [],
      warnings: [`Leftovers of the earlier version could not be listed: ${toProblem(error).message}.`],
    }
  }
}

async function planUninstall(
  client: KubernetesClient,
  context: string,
  signal: AbortSignal,
): Promise<LinkerdPlan> {
  const { namespace } = requireLinkerd(await detectLinkerd(client, signal), context)
  const [viz, controlPlane, stays, blocker] = await Promise.all([
    listViz(client, signal),
    listControlPlane(client, namespace, signal),
    findLinkerdLeftovers(client, namespace, signal),
    findUninstallProblem(client, namespace, signal),
  ])
  const crds = controlPlane.filter(({ kind }) => kind === 'CustomResourceDefinition')
  const lost = await countInstances(client, crds, signal, isOwn)
  return {
    changes: [...viz, ...controlPlane].map(asDeletion),
    warnings: lost.map(({ kind, count }) => `${count} ${kind} objects are deleted with their CRD.`),
    stays,
    ...(blocker ? { blocker } : {}),
  }
}
