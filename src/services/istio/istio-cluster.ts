import { fieldsOf, listOf, textOf } from '../../domain/mesh/read-fields.ts'
import type { KubernetesObject } from '../../domain/resources/kubernetes-object.ts'
import { resolveVersions } from '../../domain/versions/resolve-versions.ts'
import type { IstioInstallation, IstioState } from '../../shared/contract/istio.ts'
import type { KubernetesClient } from '../clusters/kubernetes-client.ts'
import { listItems } from '../clusters/list-items.ts'
import { detectMeshes } from '../meshes/detect-mesh.ts'

/** Source: istio, pkg/apis label/annotation registry: `istio.io/rev`, `istio.io/tag`. */
const REVISION = 'istio.io/rev'
const TAG = 'istio.io/tag'
const INJECTION = 'istio-injection'
const DEFAULT = 'default'

export interface RevisionTag {
  readonly name: string
  readonly revision: string
}

/** Everything of Istio that a cluster has, whoever installed it. */
export async function readIstioState(client: KubernetesClient, signal: AbortSignal): Promise<IstioState> {
  const [meshes, tags, namespaces, pods, deployments, version] = await Promise.all([
    detectMeshes(client, signal),
    readTags(client, signal),
    listItems(client, '/api/v1/namespaces', {}, signal),
    listItems(client, '/api/v1/pods', {}, signal),
    listItems(client, '/apis/apps/v1/deployments', { labelSelector: 'app=istiod' }, signal),
    client.readJson({ path: '/version', signal }),
  ])
  const proxies = countProxies(pods)
  const installations = meshes
    .filter(({ mesh }) => mesh === 'istio')
    .map((found): IstioInstallation => {
      const { namespace, version, profile, managedBy, revision = DEFAULT } = found
      const own = tags.filter(tag => tag.revision === revision).map(({ name }) => name)
      const deployment = deployments.find(
        ({ metadata }) =>
          metadata.namespace === namespace && (metadata.labels?.[REVISION] ?? DEFAULT) === revision,
      )
      const ready = fieldsOf(deployment?.status)['availableReplicas']
      return {
        namespace,
        revision,
        managedBy,
        isByIstioctl: managedBy === 'istioctl',
        isRemovable: managedBy === 'istioctl' || managedBy === 'manifests',
        isReady: typeof ready === 'number' && ready > 0,
        tags: own,
        namespaces: namespaces
          .filter(each => isInjectedBy(each, revision, own))
          .map(({ metadata }) => metadata.name),
        proxies: proxies.get(revision) ?? 0,
        ...(version === undefined ? {} : { version }),
        ...(profile === undefined ? {} : { profile }),
      }
    })
  return {
    installations,
    otherMeshes: meshes
      .filter(({ mesh }) => mesh !== 'istio')
      .map(({ mesh, version = '', namespace }) => `${mesh} ${version} in ${namespace}`),
    conflicts: findVersionConflicts(textOf(fieldsOf(version)['gitVersion']) ?? ''),
  }
}

/** Tags are injectors of their own that lead to a revision. Source: istio, istioctl/pkg/tag/generate.go */
export async function readTags(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly RevisionTag[]> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  const found = await listItems(client, path, { labelSelector: TAG }, signal)
  return found.flatMap(({ metadata: { labels = {} } }) => {
    const [name, revision] = [labels[TAG], labels[REVISION]]
    return name === undefined || revision === undefined ? [] : [{ name, revision }]
  })
}

/** Source: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy */
export function isInjectedBy(
  { metadata: { labels = {} } }: KubernetesObject,
  revision: string,
  tags: readonly string[],
): boolean {
  const isMeant = (name: string): boolean => name === revision || tags.includes(name)
  if (labels[INJECTION] !== undefined) return labels[INJECTION] === 'enabled' && isMeant(DEFAULT)
  const wanted = labels[REVISION]
  return wanted !== undefined && isMeant(wanted)
}

/** A gateway of the installation itself, which goes with it. */
export const isOwnGateway = ({ metadata }: KubernetesObject): boolean =>
  metadata.labels?.['operator.istio.io/component'] !== undefined

/** Pods with a proxy by the revision that injected them, which the injector writes on them. */
function countProxies(pods: readonly KubernetesObject[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const pod of pods) {
    const revision = isOwnGateway(pod) ? undefined : revisionOf(pod)
    if (revision !== undefined) counts.set(revision, (counts.get(revision) ?? 0) + 1)
  }
  return counts
}

export function revisionOf({ metadata, spec }: KubernetesObject): string | undefined {
  const { containers, initContainers } = fieldsOf(spec)
  const hasProxy = [...listOf(containers), ...listOf(initContainers)].some(
    each => fieldsOf(each)['name'] === 'istio-proxy',
  )
  return hasProxy ? (metadata.annotations?.[REVISION] ?? metadata.labels?.[REVISION] ?? DEFAULT) : undefined
}

function findVersionConflicts(kubernetes: string): readonly string[] {
  if (kubernetes === '') return []
  const { conflicts } = resolveVersions({ provider: 'existing', meshes: ['istio'], kubernetes })
  return conflicts
    .filter(({ severity }) => severity !== 'info')
    .map(({ message, hint }) => `${message}. ${hint}`)
}
