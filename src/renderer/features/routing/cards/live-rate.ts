import type { Mesh } from '../../../../domain/istio/mesh.ts'
import { trafficTotal, traffic } from '../../../state/traffic.ts'
import { labelsOfSubset, serviceIdOf } from '../route-problems.ts'
import type { LiveFigure } from '../rule-rates.ts'

/**
 * What flows to a subset now, from all rules together: the measured rate of its version and its share of the service's.
 * The proxies tell versions apart and no other labels, so that a subset of others has no figure.
 */
export function liveRateOf(mesh: Mesh, host: string, subset: string, namespace: string): LiveFigure {
  const missing = (title: string): LiveFigure => ({ text: '– req/s', title })
  if ('missing' in trafficTotal.value) return missing(trafficTotal.value.missing)
  const labels = labelsOfSubset(mesh, host, subset, namespace) ?? {}
  const version = labels['version']
  if (version === undefined || Object.keys(labels).length !== 1)
    return missing('The proxies’ figures tell versions apart, but not this subset’s labels')
  const id = serviceIdOf(mesh, host, namespace)
  const node = traffic.value?.nodes.find(each => each.id === id)
  if (node === undefined || node.inbound.rate === 0) return missing('No requests to the service are measured')
  const own = node.versions.find(each => each.version === version)
  const [rate, share] = [own?.rate ?? 0, own?.share ?? 0]
  return {
    text: `now ${(share * 100).toFixed(0)} % · ${rate.toFixed(1)} req/s`,
    title: 'Requests of all rules to this subset, measured over the last seconds',
  }
}
