import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { HttpRule, VirtualService } from '../../../domain/istio/virtual-service.ts'

export interface Carrier {
  readonly virtualService: VirtualService
  /** The rules that send requests to the service. */
  readonly rules: readonly HttpRule[]
  /** What the last rule with several versions configures: subset and percent. */
  readonly weights: readonly { readonly subset: string; readonly percent: number }[]
}

/** The VirtualService that carries requests to a service (`namespace/name`), from a gateway's or the mesh's view. */
export function findCarrier(mesh: Mesh, target: string, isFromGateway: boolean): Carrier | undefined {
  const [namespace = '', name = ''] = target.split('/')
  const host = `${name}.${namespace}.svc.${mesh.clusterDomain}`
  for (const virtualService of mesh.virtualServices) {
    const isBound = isFromGateway
      ? virtualService.gateways.some(gateway => gateway !== 'mesh')
      : virtualService.gateways.includes('mesh')
    if (!isBound) continue
    const rules = virtualService.http.filter(rule => rule.targets.some(each => each.host === host))
    if (rules.length === 0) continue
    const split = rules.findLast(rule => rule.targets.length > 1)
    return {
      virtualService,
      rules,
      weights: (split?.targets ?? [])
        .filter(each => each.host === host && each.subset !== undefined)
        .map(({ subset = '', weight }) => ({ subset, percent: weight })),
    }
  }
  return undefined
}
