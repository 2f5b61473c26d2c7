import type { Mesh } from '../../../../domain/mesh/mesh.ts'
import { traffic } from '../../../state/traffic.ts'
import { serviceIdOf, versionOf } from '../route-problems.ts'

/**
 * What flows to a destination now, from all rules together: the rate of a whole service, or a version's share of it.
 * Undefined where nothing is measured.
 */
export function liveRateOf(mesh: Mesh, host: string, subset: string, namespace: string): string | undefined {
  const id = serviceIdOf(mesh, host, namespace)
  const node = traffic.value?.nodes.find(each => each.id === id)
  if (node === undefined || node.inbound.rate === 0) return undefined
  const { rate } = node.inbound
  if (subset === '') return `now ${rate.toFixed(1)} req/s`
  const version = versionOf(mesh, host, subset, namespace)
  if (version === undefined || node.versions.length === 0) return undefined
  const share = node.versions.find(each => each.version === version)?.share ?? 0
  return `now ${(share * 100).toFixed(0)} % · ${(rate * share).toFixed(1)} req/s`
}
