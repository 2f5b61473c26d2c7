import { ProblemError } from '../../domain/problem.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { applyObjects } from '../meshes/apply-manifest.ts'
import { detectMeshes } from '../meshes/detect-mesh.ts'
import { createIstio } from '../meshes/istio.ts'
import { createLinkerd, type Linkerd } from '../meshes/linkerd.ts'
import { waitForRollouts } from '../meshes/wait-for-rollouts.ts'
import type { StepContext } from '../tasks/task.ts'
import { findTool } from './find-tool.ts'
import { readInstallationMark, writeInstallationMark } from './installation-mark.ts'
import { writeIstioOptions, type LocalMeshInput } from './local-mesh-input.ts'
import type { SetupSetting } from './setup-setting.ts'

const READY_WITHIN = 5 * 60_000

/** Installs the mesh unless it is there; one that somebody else made is left as it is. */
export async function installMesh(
  setting: SetupSetting,
  input: LocalMeshInput,
  context: string,
  version: string | undefined,
  client: KubernetesClient,
  step: StepContext,
): Promise<void> {
  const { mesh } = input
  const { signal, report, log } = step
  const [found, mark] = await Promise.all([
    detectMeshes(client, signal),
    readInstallationMark(client, mesh, signal),
  ])
  const other = found.find(each => each.mesh !== mesh)
  if (other)
    throw new ProblemError({
      code: 'conflict',
      message: `The cluster has ${other.mesh} ${other.version ?? ''} in ${other.namespace} already; two meshes in one cluster work against each other`,
      hint: 'Choose another cluster, or uninstall the other mesh first.',
    })
  const existing = found.find(each => each.mesh === mesh)
  const namespace = existing?.namespace ?? (mesh === 'istio' ? 'istio-system' : 'linkerd')
  if (existing && mark !== 'begun')
    log(`${mesh} ${existing.version ?? ''} is there already (${existing.managedBy}): it is left as it is`)
  else {
    await writeInstallationMark(client, mesh, 'begun', signal)
    const program = await findTool(setting, mesh === 'istio' ? 'istioctl' : 'linkerd', version, step)
    const common = { program, ...(await setting.clusters.programAccess(context)) }
    if (mesh === 'istio') {
      const istio = createIstio(common)
      await istio.check(step)
      await istio.install(step, writeIstioOptions(input))
    } else await installLinkerd(createLinkerd(common), client, step, mark === 'begun')
  }
  await waitForRollouts({ client, namespace, signal, longest: READY_WITHIN, report })
  await writeInstallationMark(client, mesh, 'done', signal)
}

async function installLinkerd(
  linkerd: Linkerd,
  client: KubernetesClient,
  step: StepContext,
  isAgain: boolean,
): Promise<void> {
  const { signal, report } = step
  // A half-made installation fails checks of an empty cluster by its own remains.
  if (!isAgain) await demandChecks(linkerd, step, true)
  for (const part of ['crds', 'control-plane'] as const) {
    const objects = await linkerd.render(step, part)
    await applyObjects({
      client,
      objects,
      namespace: 'linkerd',
      signal,
      onApplied: (count, { kind, metadata }) =>
        report(count / objects.length, `${kind} ${metadata.name} (${count} of ${objects.length})`),
    })
  }
  await waitForRollouts({ client, namespace: 'linkerd', signal, longest: READY_WITHIN, report })
  await demandChecks(linkerd, step, false)
}

async function demandChecks(linkerd: Linkerd, step: StepContext, isBefore: boolean): Promise<void> {
  const checks = await linkerd.check(step, isBefore)
  for (const { category, description, result } of checks) step.log(`${result}: ${category}: ${description}`)
  const failed = checks.find(({ result }) => result === 'error')
  if (!failed) return
  throw new ProblemError({
    code: 'invalid',
    message: `linkerd check failed: ${failed.description}`,
    hint: failed.hint === undefined ? 'The log of the task has all checks.' : `See ${failed.hint}.`,
    ...(failed.error === undefined ? {} : { raw: failed.error }),
  })
}
