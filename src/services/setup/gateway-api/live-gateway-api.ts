import { readManifestFile } from '../../workspace/read-manifest-file.ts'
import {
  planGatewayApi,
  type FoundGatewayApi,
  type GatewayApiPlan,
} from '../../../domain/setup/linkerd/plan-gateway-api.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { LINKERD_RELEASES } from '../../../domain/setup/versions/linkerd-releases.ts'
import { resolveVersions } from '../../../domain/setup/versions/resolve-versions.ts'
import { isVersionMet } from '../../../domain/setup/versions/version.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readObjects } from '../steps/apply-manifest.ts'
import { fetchGatewayApi } from './fetch-gateway-api.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { StepContext } from '../../tasks/task.ts'

const HTTP_ROUTES = 'httproutes.gateway.networking.k8s.io'
const BUNDLE = 'gateway.networking.k8s.io'

/** The Gateway API of a cluster. Source: https://gateway-api.sigs.k8s.io/concepts/versioning/ */
export async function readGatewayApi(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<FoundGatewayApi | undefined> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${HTTP_ROUTES}`
  const crd = await readLive(client, path, signal)
  if (!crd) return undefined
  const version = crd.metadata.annotations?.[`${BUNDLE}/bundle-version`]
  const channel = crd.metadata.annotations?.[`${BUNDLE}/channel`]
  return { ...(version === undefined ? {} : { version }), ...(channel === undefined ? {} : { channel }) }
}

/** What to do about the CRDs for a release of Linkerd; the newest where it is not known. `chosen` is installed where none is there. */
export async function planLiveGatewayApi(
  client: KubernetesClient,
  linkerd: string | undefined,
  signal: AbortSignal,
  chosen?: string,
): Promise<GatewayApiPlan> {
  const found = await readGatewayApi(client, signal)
  const [newest] = LINKERD_RELEASES
  const release =
    LINKERD_RELEASES.find(each => linkerd !== undefined && isVersionMet(each.version, linkerd)) ?? newest
  if (!release) throw new ProblemError({ code: 'internal', message: 'No release of Linkerd is known' })
  const { set } = resolveVersions({ provider: 'existing', meshes: ['linkerd'], linkerd: release.version })
  return planGatewayApi(found, release.gatewayApi, chosen ?? set.gatewayApi ?? release.gatewayApi.to)
}

/**
 * The CRDs that a plan installs, from the user's file or the published one; none where it leaves the cluster as it is.
 * The CRD that is looked for comes last, so that a stopped run finds work left.
 */
export async function readGatewayApiBundle(
  dependencies: SetupDependencies,
  plan: GatewayApiPlan,
  file: string | undefined,
  step: Pick<StepContext, 'signal' | 'log' | 'report'>,
): Promise<readonly KubernetesObject[]> {
  if (plan.action === 'keep' || plan.action === 'refuse' || plan.version === undefined) return []
  const all = readObjects(
    await readManifestFile(file ?? (await fetchGatewayApi(dependencies, plan.version, step))),
  )
  const isMark = ({ metadata }: KubernetesObject): boolean => metadata.name === HTTP_ROUTES
  if (!all.some(isMark))
    throw new ProblemError({
      code: 'bad-input',
      message: `${file ?? 'The bundle'} does not hold the CRDs of the Gateway API`,
      hint: 'Give standard-install.yaml of a release of kubernetes-sigs/gateway-api.',
    })
  return [...all.filter(each => !isMark(each)), ...all.filter(isMark)]
}

/** What to do about the CRDs where any version does: those that are there belong to who installed them. */
export async function planMissingGatewayApi(
  client: KubernetesClient,
  version: string,
  signal: AbortSignal,
): Promise<GatewayApiPlan> {
  const found = await readGatewayApi(client, signal)
  return found
    ? { action: 'keep', why: `The cluster has Gateway API ${found.version ?? ''}, which is left as it is` }
    : { action: 'install', version, why: `The cluster has no Gateway API: ${version} is installed` }
}
