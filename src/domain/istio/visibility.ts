import { memoizeByKey } from './memoize.ts'
import type { Mesh } from './mesh.ts'
import { selects } from './named-object.ts'
import type { MeshService } from './service.ts'
import { portOf } from './service.ts'
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
 * namespace's own entry, then the oldest; the ports of entries that are of one kind add up.
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
      if (isExportedTo(service.exportTo, service.namespace, namespace)) addVisible(visible, service)
    return visible
  },
)

/** The services that a caller can mean by their hosts: all of them where no proxy of the mesh speaks for it. */
export const servicesKnownTo = (
  mesh: Mesh,
  { namespace, hasProxy }: { readonly namespace: string; readonly hasProxy?: boolean | undefined },
): ReadonlyMap<string, MeshService> => (hasProxy === false ? mesh.registry : visibleServices(mesh, namespace))

/** Adds a service to those of a proxy: the first of a host stays, and gains the ports of others of its kind. */
export function addVisible(visible: Map<string, MeshService>, service: MeshService): void {
  const known = visible.get(service.host)
  if (known === undefined) visible.set(service.host, service)
  else if (canMerge(known, service)) visible.set(service.host, mergeServices(known, service))
}

/** Source: `canMergeServices` in istio's pilot/pkg/model/sidecar.go. */
const canMerge = (one: MeshService, other: MeshService): boolean =>
  one.kind === other.kind &&
  one.kind !== 'Service' &&
  one.namespace === other.namespace &&
  one.resolution === other.resolution &&
  isSameMap(one.selector ?? {}, other.selector ?? {}) &&
  isSameMap(one.object.metadata.labels ?? {}, other.object.metadata.labels ?? {}) &&
  [...new Set(one.exportTo)].sort().join() === [...new Set(other.exportTo)].sort().join()

const isSameMap = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  Object.keys(one).length === Object.keys(other).length && selects(one, other)

/** Of two ports with one number the first counts. */
const mergeServices = (one: MeshService, other: MeshService): MeshService => ({
  ...one,
  ports: [...one.ports, ...other.ports.filter(port => one.ports.every(own => own.number !== port.number))],
  addresses: [...new Set([...one.addresses, ...other.addresses])],
})

/** The Services and entries that a namespace's gateways have clusters for: each port of each of them. */
export const hasVisiblePort = (mesh: Mesh, namespace: string, host: string, port: number): boolean =>
  [...mesh.services, ...mesh.serviceEntries].some(
    service =>
      service.host === host &&
      isExportedTo(service.exportTo, service.namespace, namespace) &&
      portOf(service, port) !== undefined,
  )
