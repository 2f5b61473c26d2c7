import type { Mesh, MeshOptions } from '../istio/mesh.ts'
import { buildMesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'

/** What requests are decided against: the objects of files, and the mesh that they make. */
export interface SimulatedMesh {
  readonly objects: readonly KubernetesObject[]
  readonly mesh: Mesh
  /** Where names without a namespace are. */
  readonly namespace: string
}

/** The mesh of some objects. */
export function simulateMesh(
  objects: readonly KubernetesObject[],
  namespace = 'default',
  options: MeshOptions = {},
): SimulatedMesh {
  return { objects, mesh: buildMesh(objects, options), namespace }
}
