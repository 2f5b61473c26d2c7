import type { MeshName } from '../../../domain/setup/versions/version-set.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { readItems } from '../../clusters/list-items.ts'

/** A control plane that is in a cluster, whoever made it. */
export interface MeshInstallation {
  readonly mesh: MeshName
  readonly namespace: string
  readonly version?: string
  readonly revision?: string
  readonly managedBy: string
}

interface Deployment {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[]
  }
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } }
  }
}

const CONTROL_PLANES = {
  istio: 'app=istiod',
  linkerd: 'linkerd.io/control-plane-component=destination',
} as const

/** Finds the control planes of both meshes by their labels, in whatever namespace. */
export async function detectMeshes(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly MeshInstallation[]> {
  const list = async (labelSelector: string): Promise<readonly Deployment[]> => {
    const query = { labelSelector }
    return await readItems<Deployment>(client, { path: '/apis/apps/v1/deployments', query }, signal)
  }
  const [istiods, linkerds] = await Promise.all([list(CONTROL_PLANES.istio), list(CONTROL_PLANES.linkerd)])
  return [...istiods.map(each => describe('istio', each)), ...linkerds.map(each => describe('linkerd', each))]
}

function describe(mesh: MeshName, { metadata, spec }: Deployment): MeshInstallation {
  const labels = metadata.labels ?? {}
  const image = spec?.template?.spec?.containers?.[0]?.image ?? ''
  // A digest may follow the tag, and a registry may have a port.
  const tag = /:(?<tag>[\w][\w.-]*)(?:@sha256:.*)?$/.exec(image)?.groups?.['tag']
  const createdBy = metadata.annotations?.['linkerd.io/created-by'] ?? ''
  const version =
    labels['operator.istio.io/version'] ??
    /linkerd\/\S+ (?<version>\S+)/.exec(createdBy)?.groups?.['version'] ??
    tag ??
    labels['app.kubernetes.io/version']
  const revision = labels['istio.io/rev']
  return {
    mesh,
    namespace: metadata.namespace,
    managedBy: findManager(metadata),
    ...(version === undefined ? {} : { version }),
    ...(revision === undefined ? {} : { revision }),
  }
}

/**
 * Who made an object and would change it back. The label `app.kubernetes.io/managed-by` of Istio's charts says Helm
 * whoever applied them, so it comes last. Sources: Helm, "Labels and Annotations"; Argo CD, "Resource Tracking"; Flux,
 * Kustomization; Sail operator, IstioRevision; istio, operator/pkg/install/reconcile.go (`operator.istio.io/managed`).
 */
function findManager({
  labels = {},
  annotations = {},
  ownerReferences = [],
}: Deployment['metadata']): string {
  const owner = ownerReferences.find(({ kind }) => kind === 'IstioRevision')
  if (owner) return `the Sail operator (${owner.kind} ${owner.name})`
  if ('argocd.argoproj.io/tracking-id' in annotations || 'argocd.argoproj.io/instance' in labels)
    return 'Argo CD'
  if ('helm.toolkit.fluxcd.io/name' in labels || 'kustomize.toolkit.fluxcd.io/name' in labels) return 'Flux'
  if ('meta.helm.sh/release-name' in annotations) return 'Helm'
  if ('operator.istio.io/managed' in labels) return 'istioctl'
  const createdBy = annotations['linkerd.io/created-by']
  if (createdBy !== undefined) return createdBy
  return 'helm.sh/chart' in labels ? 'manifests' : (labels['app.kubernetes.io/managed-by'] ?? 'unknown')
}
