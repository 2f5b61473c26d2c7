import { hostCovers, isWildcard } from '../istio/host-name.ts'
import type { Mesh } from '../istio/mesh.ts'
import { fieldsOf, textsOf } from '../istio/fields/read-fields.ts'
import type { VirtualService } from '../istio/virtual-service.ts'
import { isExportedTo } from '../istio/visibility.ts'
import type { Check, Finding } from './check.ts'
import { serviceOf, shortHost } from './destinations.ts'

export const ownRules = (mesh: Mesh): readonly VirtualService[] =>
  mesh.virtualServices.filter(item => item.kind === 'VirtualService' && item.isGatewayApi !== true)

export const hostPath = (index: number): string => `spec.hosts[${String(index)}]`

/**
 * A host of the mesh that is meant as a Service and is none. Other names are routed on port 80 whether anything is behind
 * them or not, so that nothing is wrong with them.
 */
export const unknownHosts: Check = ({ mesh }) =>
  ownRules(mesh).flatMap(item =>
    item.gateways.some(name => name !== 'mesh') || mesh.services.length === 0
      ? []
      : item.hosts.flatMap((host, index): readonly Finding[] =>
          isWildcard(host) ||
          !host.endsWith(`.svc.${mesh.clusterDomain}`) ||
          serviceOf(mesh, host) !== undefined
            ? []
            : [
                {
                  code: 'KIA1101',
                  severity: 'warning',
                  object: item.object,
                  path: hostPath(index),
                  message: `There is no Service ${shortHost(mesh, host, item.namespace)} in namespace ${item.namespace}`,
                },
              ],
        ),
  )

/** IST0109: of VirtualServices of one host in the mesh one alone counts; the others are told. */
export const conflictingHosts: Check = ({ mesh }) => {
  const first = new Map<string, VirtualService[]>()
  const found: Finding[] = []
  for (const item of ownRules(mesh)) {
    if (!item.gateways.includes('mesh')) continue
    for (const [index, host] of item.hosts.entries()) {
      const others = first.get(host) ?? []
      const winner = others.find(
        other => overlaps(other, item) && other.http.length > 0 && item.http.length > 0,
      )
      if (winner !== undefined && winner !== item) {
        if (found.some(other => other.object === item.object && other.related?.name === winner.name)) continue
        found.push({
          code: 'IST0109',
          severity: 'error',
          object: item.object,
          path: hostPath(index),
          message: `VirtualService ${winner.namespace}/${winner.name} has host ${shortHost(mesh, host, item.namespace)} too and is older: in the mesh its rules count and those here do not`,
          related: { kind: 'VirtualService', namespace: winner.namespace, name: winner.name },
        })
      } else if (!others.includes(item)) first.set(host, [...others, item])
    }
  }
  return found
}

/** Whether callers of some namespace see both. */
export function overlaps(one: VirtualService, other: VirtualService): boolean {
  const isPublic = ({ exportTo }: VirtualService): boolean => exportTo.length === 0 || exportTo.includes('*')
  if (isPublic(one) && isPublic(other)) return true
  return (
    namespacesOf(one).some(namespace => isExportedTo(other.exportTo, other.namespace, namespace)) ||
    namespacesOf(other).some(namespace => isExportedTo(one.exportTo, one.namespace, namespace))
  )
}

const namespacesOf = ({ exportTo, namespace }: VirtualService): readonly string[] =>
  exportTo.filter(item => item !== '*').map(item => (item === '.' ? namespace : item))

/** IST0101 and IST0132: gateways that are not there, and hosts that no server of them takes for the namespace. */
export const gatewayBindings: Check = ({ mesh }) => {
  const byKey = new Map(mesh.gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
  return ownRules(mesh).flatMap(item => {
    const written = textsOf(fieldsOf(item.object.spec)['gateways'])
    return written.flatMap((text, index): readonly Finding[] => {
      if (text === 'mesh') return []
      const key = text.includes('/') ? text : `${item.namespace}/${text}`
      const gateway = byKey.get(key)
      const path = `spec.gateways[${String(index)}]`
      if (gateway === undefined) {
        const near = mesh.gateways.find(
          ({ name, source }) => source === undefined && name === text.slice(text.indexOf('/') + 1),
        )
        return [
          {
            code: 'IST0101',
            severity: 'error',
            object: item.object,
            path,
            message: `There is no Gateway ${key}${near === undefined ? '' : `; write ${near.namespace}/${near.name} for the one in namespace ${near.namespace}`}`,
          },
        ]
      }
      const hosts = gateway.servers.flatMap(server => server.hosts)
      const admits = (host: string): boolean =>
        hosts.some(served => {
          const slash = served.indexOf('/')
          const scope = slash < 0 ? '*' : served.slice(0, slash)
          const isAdmitted =
            scope === '*' ||
            scope === item.namespace ||
            (scope === '.' && gateway.namespace === item.namespace)
          const bare = served.slice(slash + 1)
          return isAdmitted && (hostCovers(bare, host) || hostCovers(host, bare))
        })
      return item.hosts.some(admits) || item.hosts.length === 0
        ? []
        : [
            {
              code: 'IST0132',
              severity: 'warning',
              object: item.object,
              path,
              message: `Gateway ${key} takes none of these hosts from namespace ${item.namespace}: its servers have ${hosts.join(', ')}`,
              related: { kind: 'Gateway', namespace: gateway.namespace, name: gateway.name },
            },
          ]
    })
  })
}
