import { nameOfMesh } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { resolveLocalMesh } from '../../../domain/setup/local-mesh/prepare-local-mesh.ts'
import { ProblemError } from '../../../domain/problem.ts'
import { withoutGatewayApi } from '../../../domain/setup/linkerd/without-gateway-api.ts'
import type { MeshName } from '../../../domain/setup/versions/version-set.ts'
import { createMeshIdentity } from '../certificates/create-mesh-identity.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { demandChecks } from '../linkerd/require-checks.ts'
import { secretLines, withIdentityFiles } from '../linkerd/identity-files.ts'
import { findUsableIdentity } from '../linkerd/live-identity.ts'
import { detectMeshes, type MeshInstallation } from '../steps/detect-mesh.ts'
import { createIstio } from '../istio/istioctl.ts'
import { createLinkerd, type Linkerd } from '../linkerd/linkerd-program.ts'
import { applyAll } from '../steps/apply-files.ts'
import { findTool } from '../tools/find-tool.ts'
import type { ClusterWork } from './in-cluster-step.ts'
import { readInstallationMark, writeInstallationMark } from '../steps/installation-mark.ts'
import { writeIstioOptions } from './istio-options.ts'

/** The installation of a mesh in a cluster; a problem where the cluster has another mesh. */
export async function findMesh(
  client: KubernetesClient,
  mesh: MeshName,
  signal: AbortSignal,
): Promise<MeshInstallation | undefined> {
  const found = await detectMeshes(client, signal)
  const other = found.find(each => each.mesh !== mesh)
  if (!other) return found.find(each => each.mesh === mesh)
  throw new ProblemError({
    code: 'conflict',
    message: `The cluster has ${nameOfMesh(other.mesh)} ${other.version ?? ''} in ${other.namespace} already; two meshes in one cluster work against each other`,
    hint: 'Choose another cluster, or uninstall the other mesh first.',
  })
}

/** Installs the mesh unless it is there; one that somebody else made is left as it is. */
export async function installMesh(work: ClusterWork): Promise<void> {
  const { client, input, setting, step, context, wait } = work
  const { mesh, target } = input
  const { signal, log } = step
  const [existing, mark] = await Promise.all([
    findMesh(client, mesh, signal),
    readInstallationMark(client, mesh, signal),
  ])
  const name = nameOfMesh(mesh)
  if (existing && mark !== 'begun') {
    const { version = '', namespace, managedBy } = existing
    log(`${name} ${version} is in ${namespace} already (made by: ${managedBy}): it is left as it is`)
    await wait(namespace)
    return
  }
  const { set } = resolveLocalMesh({ provider: target.kind, mesh })
  const version = mesh === 'istio' ? set.istio : set.linkerd
  const program = await findTool(setting, mesh === 'istio' ? 'istioctl' : 'linkerd', version, step)
  // From here on the cluster changes: a later run knows that what it finds is ours and not whole.
  await writeInstallationMark(client, mesh, 'begun', signal)
  const common = { program, ...(await setting.clusters.programAccess(context)) }
  if (mesh === 'istio') {
    const istio = createIstio(common)
    await istio.check(step)
    await istio.install(step, writeIstioOptions(input))
    await wait(existing?.namespace ?? 'istio-system')
  } else await installLinkerd(createLinkerd(common), work, mark === 'begun')
  await writeInstallationMark(client, mesh, 'done', signal)
}

/** CRDs, control plane, viz, which the control plane injects, and its own checks. */
async function installLinkerd(
  linkerd: Linkerd,
  { client, setting, step, wait }: ClusterWork,
  isAgain: boolean,
): Promise<void> {
  // A half-made installation fails checks of an empty cluster by its own remains.
  if (!isAgain) await demandChecks(linkerd, step, true)
  await applyAll(client, step, withoutGatewayApi(await linkerd.render(step, 'crds')), 'linkerd')
  // What a stopped run left goes on trusting what this one makes.
  const now = setting.now()
  const live = await findUsableIdentity(client, 'linkerd', now, step.signal)
  const identity = live ?? createMeshIdentity(now)
  for (const secret of secretLines(identity.key)) step.hide(secret)
  const controlPlane = await withIdentityFiles(identity, files =>
    linkerd.render(step, 'control-plane', { identity: files }),
  )
  await applyAll(client, step, controlPlane, 'linkerd')
  await wait('linkerd')
  await applyAll(client, step, await linkerd.render(step, 'viz'), 'linkerd-viz')
  await wait('linkerd-viz')
  await demandChecks(linkerd, step, false)
}
