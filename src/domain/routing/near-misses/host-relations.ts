import { hostCovers } from '../../istio/host-name.ts'
import type { Mesh } from '../../istio/mesh.ts'
import { fieldsOf, textsOf } from '../../istio/fields/read-fields.ts'
import type { MeshService } from '../../istio/service.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import type { RoutingRequest } from '../request.ts'
import { domainsOf } from '../route/virtual-hosts.ts'

/** The name that a request asks for, as virtual hosts are looked up by it. */
export const askedHost = ({ host }: RoutingRequest): string => host.toLowerCase().replace(/:\d+$/, '')

/** The index of the host of a VirtualService that a name belongs to; undefined where none does. */
export function hostIndex({ hosts }: VirtualService, names: readonly string[]): number | undefined {
  const index = hosts.findIndex(host => names.some(name => hostCovers(host, name)))
  return index < 0 ? undefined : index
}

/** `spec.hosts[0]`, with the text that stands there. */
export function hostField(
  { object, hosts }: VirtualService,
  index: number,
): { readonly field: string; readonly text: string } {
  const written = textsOf(fieldsOf(object.spec)['hosts'])[index]
  return { field: `spec.hosts[${String(index)}]`, text: written ?? hosts[index] ?? '' }
}

/** The services of the mesh that a caller means, or may have meant, by a name: whether it sees them or not. */
export function servicesByName(mesh: Mesh, namespace: string, name: string): readonly MeshService[] {
  const all = [...mesh.services, ...mesh.serviceEntries]
  const exact = all.filter(
    service =>
      domainsOf(service, namespace, mesh.clusterDomain).includes(name) ||
      (service.host.startsWith('*') && hostCovers(service.host, name)),
  )
  if (exact.length > 0) return exact
  return name.includes('.') ? [] : mesh.services.filter(service => service.name === name)
}
