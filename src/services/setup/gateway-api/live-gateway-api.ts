import { readManifestFile } from '../../workspace/read-manifest-file.ts'
import {
  planGatewayApi,
  type FoundGatewayApi,
  type GatewayApiPlan,
} from '../../../domain/setup/linkerd/plan-gateway-api.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesObject } from '../../../domain/resources/kubernetes-object.ts'
import { LINKERD_RELEASES } from '../../../domain/setup/versions/linkerd-releases.ts'
import { resolveVersions } from '../../../domain/setup/versions/resolve-versions.ts'
import { isVersionMet } from '../../../domain/setup/versions/version.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { applyObjects, readObjects } from '../steps/apply-manifest.ts'
import { fetchGatewayApi } from './fetch-gateway-api.ts'
import type { SetupSetting } from '../setup-dependencies.ts'
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

/** What to do about the CRDs for a release of Linkerd; the newest where it is not known. */
export async function planLiveGatewayApi(
  client: KubernetesClient,
  linkerd: string | undefined,
  signal: AbortSignal,
): Promise<GatewayApiPlan> {
  const found = await readGatewayApi(client, signal)
  const [newest] = LINKERD_RELEASES
  const release =
    LINKERD_RELEASES.find(each => linkerd !== undefined && isVersionMet(each.version, linkerd)) ?? newest
  if (!release) throw new ProblemError({ code: 'internal', message: 'No release of Linkerd is known' })
  const { set } = resolveVersions({ provider: 'existing', meshes: ['linkerd'], linkerd: release.version })
  return planGatewayApi(found, release.gatewayApi, set.gatewayApi ?? release.gatewayApi.to)
}

/** The CRDs that a plan installs, from the user's file or the published one; none where it leaves the cluster as it is. */
export async function readGatewayApiBundle(
  setting: SetupSetting,
  plan: GatewayApiPlan,
  file: string | undefined,
  step: Pick<StepContext, 'signal' | 'log' | 'report'>,
): Promise<readonly KubernetesObject[]> {
  if (plan.action === 'keep' || plan.action === 'refuse' || plan.version === undefined) return []
  const all = readObjects(
    await readManifestFile(file ?? (await fetchGatewayApi(setting, plan.version, step))),
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

/** Does what was planned, by server-side apply. The CRD that is looked for comes last: a stopped run finds work left. */
export async function applyGatewayApi(
  setting: SetupSetting,
  client: KubernetesClient,
  plan: GatewayApiPlan,
  file: string | undefined,
  step: StepContext,
): Promise<void> {
  const { log, report, signal } = step
  log(plan.why)
  if (plan.warning !== undefined) log(plan.warning)
  if (plan.action === 'refuse')
    throw new ProblemError({
      code: 'conflict',
      message: plan.why,
      ...(plan.warning === undefined ? {} : { hint: plan.warning }),
    })
  const objects = await readGatewayApiBundle(setting, plan, file, step)
  await applyObjects({
    client,
    objects,
    signal,
    onApplied: (count, { kind, metadata }) => report(count / objects.length, `${kind} ${metadata.name}`),
  })
}
