import { findVersionConflicts } from './find-conflicts.ts'
import { GATEWAY_API_RELEASES } from './gateway-api-releases.ts'
import { ISTIO_RELEASES } from './istio-releases.ts'
import { KIND_RELEASES } from './kind-releases.ts'
import { LINKERD_RELEASES } from './linkerd-releases.ts'
import { resolveVersions } from './resolve-versions.ts'
import type { VersionConflict } from './version-set.ts'

/** What goes wrong for somebody who takes the newest of everything, or puts both meshes on one cluster. */
export function findPitfalls(): readonly VersionConflict[] {
  const options = { provider: 'existing', meshes: [] } as const
  const [istio, linkerd, kind] = [ISTIO_RELEASES[0], LINKERD_RELEASES[0], KIND_RELEASES[0]]
  const common = resolveVersions({ ...options, meshes: ['istio', 'linkerd'] }).set.gatewayApi
  const gatewayApi = GATEWAY_API_RELEASES.find(({ version }) => version === common)
  if (!istio || !linkerd || !kind || !gatewayApi) return []
  const kubernetes = kind.images[0].kubernetes
  const found = [
    ...[{ linkerd }, { istio }].flatMap(mesh =>
      findVersionConflicts({ ...mesh, kubernetes }, options)
        .filter(({ severity }) => severity !== 'info')
        .map(conflict => ({
          ...conflict,
          message: `By itself kind ${kind.version} starts Kubernetes ${kubernetes}: ${conflict.message}`,
        })),
    ),
    ...findVersionConflicts(
      { istio, gatewayApi },
      { ...options, routeKinds: Object.keys(istio.minimumGatewayApi) },
    ),
    ...findVersionConflicts({ istio, linkerd }, options),
  ]
  return found
}
