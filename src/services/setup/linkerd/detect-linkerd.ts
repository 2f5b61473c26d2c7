import { isByHelm } from '../../../domain/setup/steps/check-installation.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'
import { detectMeshes, type MeshInstallation } from '../steps/detect-mesh.ts'
import { ownedBy } from './list-linkerd-objects.ts'

/** Linkerd and what else is in a cluster. */
export interface DetectedLinkerd {
  readonly linkerd: MeshInstallation | undefined
  readonly others: readonly MeshInstallation[]
}

/** Finds Linkerd's control plane and other meshes. */
export async function detectLinkerd(client: KubernetesClient, signal: AbortSignal): Promise<DetectedLinkerd> {
  const found = await detectMeshes(client, signal)
  return {
    linkerd: found.find(({ mesh }) => mesh === 'linkerd'),
    others: found.filter(({ mesh }) => mesh !== 'linkerd'),
  }
}

/** The installation that an action needs. */
export function requireLinkerd({ linkerd }: DetectedLinkerd, context: string): MeshInstallation {
  if (linkerd) return linkerd
  throw new ProblemError({
    code: 'not-found',
    message: `There is no Linkerd in ${context}`,
    hint: 'Install it first, or choose another context.',
  })
}

/** Refuses to change what Helm manages. */
export function requireNotHelm(installation: MeshInstallation, what: string): void {
  if (isByHelm(installation))
    throw new ProblemError({
      code: 'unsupported',
      message: `Linkerd in ${installation.namespace} was installed with Helm (${installation.managedBy}), so it is not ${what} here`,
      hint: 'Use helm with its own release, so that its values are kept.',
    })
}

export interface MeshedPod {
  readonly namespace: string
  readonly name: string
}

/** Pods with a proxy of the control plane, outside of it and its extensions. Source: linkerd2, cli/cmd/uninstall.go */
export async function listMeshedPods(
  client: KubernetesClient,
  controlPlane: string,
  signal: AbortSignal,
): Promise<readonly MeshedPod[]> {
  const [pods, extensions] = await Promise.all([
    listItems(client, '/api/v1/pods', { labelSelector: ownedBy({ controlPlane }) }, signal),
    listItems(client, '/api/v1/namespaces', { labelSelector: 'linkerd.io/extension' }, signal),
  ])
  const own = new Set([controlPlane, ...extensions.map(({ metadata }) => metadata.name)])
  return pods
    .map(({ metadata: { namespace = 'default', name } }) => ({ namespace, name }))
    .filter(({ namespace }) => !own.has(namespace))
}
