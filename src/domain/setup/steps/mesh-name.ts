import type { MeshName } from '../versions/version-set.ts'

/** The name of a mesh as its project writes it. */
export const nameOfMesh = (mesh: MeshName): string => (mesh === 'istio' ? 'Istio' : 'Linkerd')
