import { memoizeByKey } from './memoize.ts'
import type { Mesh } from './mesh.ts'
import { selects } from './named-object.ts'
import type { MeshService } from './service.ts'
import type { Sidecar } from './sidecar.ts'

/**
 * Whether an object is exported to a namespace; nothing said means to all.
 * Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService (exportTo).
 */
export function isExportedTo(exportTo: readonly string[], ownNamespace: string, namespace: string): boolean {
  if (exportTo.length === 0) return true
  return exportTo.some(
    item => item === '*' || item === namespace || (item === '.' && ownNamespace === namespace),
  )
}

/**
 * The Sidecar that limits a workload: one that selects it, else its namespace's, else the root namespace's.
 * Source: https://istio.io/latest/docs/reference/config/networking/sidecar/
 */
export function sidecarOf(
  mesh: Mesh,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Sidecar | undefined {
  if (mesh.sidecars.length === 0) return undefined
  const isGeneral = (sidecar: Sidecar): boolean => Object.keys(sidecar.selector).length === 0
  const own = mesh.sidecars.filter(sidecar => sidecar.namespace === namespace)
  return (
    own.find(sidecar => !isGeneral(sidecar) && selects(sidecar.selector, labels)) ??
    own.find(isGeneral) ??
    mesh.sidecars.find(sidecar => sidecar.namespace === mesh.rootNamespace && isGeneral(sidecar))
  )
}

/**
 * The registry as a namespace sees it. Where ServiceEntries share a host, a Service comes first, then the
 * namespace's own entry, then the oldest.
 */
export const visibleServices = memoizeByKey(
  (namespace: string) => namespace,
  (mesh: Mesh, namespace: string): ReadonlyMap<string, MeshService> => {
    const visible = new Map<string, MeshService>()
    const entries = mesh.serviceEntries
    for (const service of [
      ...mesh.services,
      ...entries.filter(entry => entry.namespace === namespace),
      ...entries.filter(entry => entry.namespace !== namespace),
    ])
      if (!visible.has(service.host) && isExportedTo(service.exportTo, service.namespace, namespace))
        visible.set(service.host, service)
    return visible
  },
)
