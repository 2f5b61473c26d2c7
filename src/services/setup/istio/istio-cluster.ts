import { istioProxyOf, readPodProxy } from '../../../domain/setup/injection/pod-proxy.ts'
import { readInstalledOptions } from '../../../domain/setup/istio/installed-options.ts'
import { fieldsOf } from '../../../domain/istio/fields/read-fields.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { resolveVersions } from '../../../domain/setup/versions/resolve-versions.ts'
import type { IstioInstallation, IstioState } from '../../../shared/contract/setup/istio.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { listItems } from '../../clusters/list-items.ts'
import { readServerVersion } from '../../clusters/server-version.ts'
import { readLive } from '../../changes/read-live.ts'
import { detectMeshes } from '../steps/detect-mesh.ts'
import { listOwned } from './list-istio-objects.ts'

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
  const [meshes, tags, namespaces, pods, deployments, kubernetes] = await Promise.all([
    detectMeshes(client, signal),
    readTags(client, signal),
    listItems(client, '/api/v1/namespaces', {}, signal),
    listItems(client, '/api/v1/pods', {}, signal),
    listItems(client, '/apis/apps/v1/deployments', { labelSelector: 'app=istiod' }, signal),
    readServerVersion(client, signal),
  ])
  const counts = countProxies(pods)
  const installations = await Promise.all(
    meshes
      .filter(({ mesh }) => mesh === 'istio')
      .map(async (found): Promise<IstioInstallation> => {
        const { namespace, version, managedBy, revision = DEFAULT } = found
        const installed = readInstalledOptions({
          values: await readLive(client, valuesPath(namespace, revision), signal),
          objects: await listOwned(client, revision, signal),
          revision,
          version,
        })
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
          ...(counts.get(revision) ?? NO_PROXIES),
          profile: installed.profile,
          options: installed.text,
          hasValues: installed.hasValues,
          hasAmbient: installed.hasAmbient,
          ...(version === undefined ? {} : { version }),
        }
      }),
  )
  return {
    installations,
    otherMeshes: meshes
      .filter(({ mesh }) => mesh !== 'istio')
      .map(({ mesh, version = '', namespace }) => `${mesh} ${version} in ${namespace}`),
    conflicts: findVersionConflicts(kubernetes),
  }
}

/** Where istioctl keeps the values. Source: istio, manifests/charts/istio-control/istio-discovery/templates/configmap-values.yaml */
const valuesPath = (namespace: string, revision: string): string =>
  `/api/v1/namespaces/${namespace}/configmaps/values${revision === DEFAULT ? '' : `-${revision}`}`

/** A tag has its own injector, which points to a revision. Source: istio, istioctl/pkg/tag/generate.go */
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

/** A proxy of the installation itself, which goes with it. */
export const isOwnProxy = (pod: KubernetesObject): boolean =>
  pod.metadata.labels?.['operator.istio.io/component'] !== undefined || istioProxyOf(pod) === 'ztunnel'

interface ProxyCount {
  readonly proxies: number
  readonly dependents: number
}

/** Pods with a proxy by the revision that configures it. */
function countProxies(pods: readonly KubernetesObject[]): ReadonlyMap<string, ProxyCount> {
  const counts = new Map<string, ProxyCount>()
  for (const pod of pods) {
    const revision = proxyRevisionOf(pod)
    if (revision === undefined) continue
    const { proxies, dependents } = counts.get(revision) ?? NO_PROXIES
    counts.set(revision, { proxies: proxies + 1, dependents: dependents + (isOwnProxy(pod) ? 0 : 1) })
  }
  return counts
}

const NO_PROXIES: ProxyCount = { proxies: 0, dependents: 0 }

/** The revision that configures the proxy of a pod; undefined where it has none of Istio. */
export const proxyRevisionOf = (pod: KubernetesObject): string | undefined =>
  istioProxyOf(pod) === undefined ? undefined : (readPodProxy(pod)?.revision ?? DEFAULT)

/** What the tables of versions say against the newest Istio on a release of Kubernetes, a sentence each. */
export function findVersionConflicts(kubernetes: string): readonly string[] {
  if (kubernetes === '') return []
  const { conflicts } = resolveVersions({ provider: 'existing', meshes: ['istio'], kubernetes })
  return conflicts
    .filter(({ severity }) => severity !== 'info')
    .map(({ message, hint }) => `${message}. ${hint}`)
}
