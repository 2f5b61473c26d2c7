import { asksAmbient } from '../injection/explain-pod.ts'
import { istioProxyOf, readPodProxy } from '../injection/pod-proxy.ts'
import { fieldsOf } from '../../istio/fields/read-fields.ts'
import type { KubernetesObject, ResourceId } from '../../kubernetes/kubernetes-object.ts'
import { resourceIdOf } from '../../kubernetes/kubernetes-object.ts'

/** Something that is used and that a change of an installation would delete. */
export interface PlannedLoss {
  readonly code:
    'ztunnel-carries-pods' | 'cni-agent-sets-up-pods' | 'gateway-serves-routes' | 'control-plane-has-proxies'
  /** What would be deleted. */
  readonly object: ResourceId
  /** Who uses it, as `namespace/name`: pods, or Gateways of a gateway's proxy. */
  readonly users: readonly string[]
}

/** What of a cluster says whether a part of Istio is in use. */
export interface InstallationUsers {
  readonly pods: readonly KubernetesObject[]
  readonly namespaces: readonly KubernetesObject[]
  /** Gateways of networking.istio.io, which choose proxies by labels. */
  readonly gateways: readonly KubernetesObject[]
}

/** The deletions that would take something away that is in use, each with its users. */
export const findPlannedLosses = (
  deleted: readonly KubernetesObject[],
  users: InstallationUsers,
): readonly PlannedLoss[] =>
  deleted.flatMap(object => {
    const loss = lossOf(object, users)
    return loss === undefined || loss.users.length === 0 ? [] : [{ ...loss, object: resourceIdOf(object) }]
  })

function lossOf(
  { kind, metadata, spec }: KubernetesObject,
  { pods, namespaces, gateways }: InstallationUsers,
): Pick<PlannedLoss, 'code' | 'users'> | undefined {
  const labels = metadata.labels ?? {}
  const component = labels['operator.istio.io/component']
  const name = labels['app.kubernetes.io/name']
  if (kind === 'DaemonSet' && (name === 'ztunnel' || component === 'Ztunnel'))
    return { code: 'ztunnel-carries-pods', users: ambientPods(pods, namespaces).map(nameOf) }
  if (kind === 'DaemonSet' && (name === 'istio-cni' || component === 'Cni'))
    return {
      code: 'cni-agent-sets-up-pods',
      users: [...new Set([...ambientPods(pods, namespaces), ...pods.filter(isSetUpByAgent)])].map(nameOf),
    }
  if (kind === 'Deployment' && (component === 'IngressGateways' || component === 'EgressGateways')) {
    const own = fieldsOf(fieldsOf(fieldsOf(fieldsOf(spec)['template'])['metadata'])['labels'])
    return {
      code: 'gateway-serves-routes',
      users: gateways.filter(gateway => isSelected(gateway, own)).map(nameOf),
    }
  }
  if (kind === 'Deployment' && component === 'Pilot') {
    const revision = labels['istio.io/rev'] ?? 'default'
    return {
      code: 'control-plane-has-proxies',
      users: pods.filter(pod => isConfiguredBy(pod, revision)).map(nameOf),
    }
  }
  return undefined
}

const nameOf = ({ metadata: { namespace = '', name } }: KubernetesObject): string => `${namespace}/${name}`

/** Proxies of the installation itself go with it, so they do not count. */
const isConfiguredBy = (pod: KubernetesObject, revision: string): boolean => {
  const mode = istioProxyOf(pod)
  if (mode === undefined || mode === 'ztunnel') return false
  return (
    pod.metadata.labels?.['operator.istio.io/component'] === undefined &&
    (readPodProxy(pod)?.revision ?? 'default') === revision
  )
}

/** Pods that a ztunnel carries, or would carry after its next start. */
export function ambientPods(
  pods: readonly KubernetesObject[],
  namespaces: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  const byName = new Map(namespaces.map(each => [each.metadata.name, each]))
  return pods.filter(pod => {
    const namespace = byName.get(pod.metadata.namespace ?? '')
    if (istioProxyOf(pod) !== undefined) return false
    return readPodProxy(pod)?.mode === 'ambient' || (namespace !== undefined && asksAmbient(pod, namespace))
  })
}

/**
 * Whether a sidecar's pod has its traffic redirected by the agent of its node: then it has no init container for it.
 * Source: https://istio.io/latest/docs/setup/additional-setup/cni/ (istio-validation in place of istio-init)
 */
function isSetUpByAgent(pod: KubernetesObject): boolean {
  if (istioProxyOf(pod) !== 'sidecar') return false
  const { initContainers } = fieldsOf(pod.spec)
  return (Array.isArray(initContainers) ? initContainers : []).some(
    container => fieldsOf(container)['name'] === 'istio-validation',
  )
}

/** Whether a Gateway chooses proxies with these labels; one without a selector chooses all. */
function isSelected({ spec }: KubernetesObject, labels: Readonly<Record<string, unknown>>): boolean {
  const selector = fieldsOf(fieldsOf(spec)['selector'])
  return Object.entries(selector).every(([name, value]) => labels[name] === value)
}
