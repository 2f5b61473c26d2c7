import type { Mesh } from '../istio/mesh.ts'
import { buildMesh } from '../istio/mesh.ts'
import { memoize } from '../istio/memoize.ts'
import { selects } from '../istio/named-object.ts'
import type { MeshService } from '../istio/service.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { WizardOption } from './wizard.ts'

/** The mesh of the objects that a wizard starts from; built once for a list. */
export const meshOf: (objects: readonly KubernetesObject[]) => Mesh = memoize(
  (objects: readonly KubernetesObject[]) => buildMesh(objects),
)

export const nameOfService = ({ namespace, name }: MeshService): string => `${namespace}/${name}`

/** The Services that people route to: those of the system and of gateways are left out. */
export function serviceOptions(objects: readonly KubernetesObject[]): readonly WizardOption[] {
  const mesh = meshOf(objects)
  return mesh.services
    .filter(({ namespace, name }) => {
      const isSystem = namespace === 'kube-system' || namespace === mesh.rootNamespace
      return !isSystem && !(namespace === 'default' && name === 'kubernetes')
    })
    .map(service => ({ value: nameOfService(service), label: nameOfService(service) }))
    .sort((one, other) => (one.value < other.value ? -1 : 1))
}

export const findServiceNamed = (
  objects: readonly KubernetesObject[],
  name: unknown,
): MeshService | undefined => meshOf(objects).services.find(service => nameOfService(service) === name)

/** A version of a workload, and the label of its pods that tells it. */
export interface Version {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

const versionLabels = ['version', 'app.kubernetes.io/version'] as const

/**
 * The versions behind a Service by the labels of its pods and of the Deployments that make them, the oldest name
 * first. Source: https://istio.io/latest/docs/ops/deployment/application-requirements/ (labels app and version).
 */
export function versionsOf(objects: readonly KubernetesObject[], service: MeshService): readonly Version[] {
  const { selector, namespace } = service
  if (selector === undefined) return []
  const mesh = meshOf(objects)
  const workloads = [...mesh.pods, ...mesh.templates].filter(
    pod => pod.namespace === namespace && selects(selector, pod.labels),
  )
  const label = versionLabels.find(name => workloads.some(({ labels }) => labels[name] !== undefined))
  if (label === undefined) return []
  const names = new Set(workloads.flatMap(({ labels }) => labels[label] ?? []))
  return [...names]
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map(name => ({ name, labels: { [label]: name } }))
}
