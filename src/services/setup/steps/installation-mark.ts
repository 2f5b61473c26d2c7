import type { MeshName } from '../../../domain/setup/versions/version-set.ts'
import type { KubernetesObject } from '../../../domain/kubernetes/kubernetes-object.ts'
import { fieldsOf } from '../../../domain/istio/fields/read-fields.ts'
import { readLive } from '../../changes/read-live.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { applyObjects } from './apply-manifest.ts'

/** Which installation of a mesh a mark is about. */
export interface MarkedInstallation {
  readonly mesh: MeshName
  /** Of Istio; `default` where absent. */
  readonly revision?: string
}

/** Says that we began or finished an installation. It is in the cluster, so that another window can resume it. */
export interface InstallationMark {
  readonly state: 'begun' | 'done'
  /** Whether the mesh was set up together with our add-ons, so that it reports to them. */
  readonly isForAddOns: boolean
}

const NAMESPACE = 'kube-system'
const nameOf = ({ mesh, revision = 'default' }: MarkedInstallation): string =>
  `mesh-workbench-${mesh}${revision === 'default' ? '' : `-${revision}`}`

/** The object that marks an installation, without its data. */
export const markObject = (installation: MarkedInstallation): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: nameOf(installation), namespace: NAMESPACE },
})

/** The mark of an installation; undefined where we began none. */
export async function readInstallationMark(
  client: KubernetesClient,
  installation: MarkedInstallation,
  signal: AbortSignal,
): Promise<InstallationMark | undefined> {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${nameOf(installation)}`
  const object = await readLive(client, path, signal)
  if (object === undefined) return undefined
  const { state, addOns } = fieldsOf(object['data'])
  // Version 0.1.0 marked only what was set up with one click, and wrote no `addOns`.
  return { state: state === 'done' ? 'done' : 'begun', isForAddOns: addOns !== 'no' }
}

export async function writeInstallationMark(
  client: KubernetesClient,
  installation: MarkedInstallation,
  { state, isForAddOns }: InstallationMark,
  signal: AbortSignal,
): Promise<void> {
  const data = { state, addOns: isForAddOns ? 'yes' : 'no' }
  await applyObjects({ client, objects: [{ ...markObject(installation), data }], signal })
}
