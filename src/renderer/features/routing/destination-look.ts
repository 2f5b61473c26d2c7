import type { Mesh } from '../../../domain/istio/mesh.ts'
import { versionLook, type VersionLook } from '../../ui/service-colour.ts'
import { serviceIdOf, versionOf } from './route-problems.ts'

/** How a destination looks: as its Service and the version that its subset selects do in Traffic and Traces. */
export const destinationLook = (mesh: Mesh, host: string, subset: string, namespace: string): VersionLook =>
  versionLook(
    serviceIdOf(mesh, host, namespace) ?? host,
    (subset === '' ? undefined : versionOf(mesh, host, subset, namespace)) ?? subset,
  )
