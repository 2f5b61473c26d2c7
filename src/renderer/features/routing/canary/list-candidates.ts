import { destinationRulesFor } from '../../../../domain/istio/destination-rules-for.ts'
import type { Mesh } from '../../../../domain/istio/mesh.ts'

/** A rule that sends requests to two subsets of one service: what a canary can be made of. */
export interface Candidate {
  readonly id: string
  readonly label: string
  readonly apiVersion: string
  readonly namespace: string
  readonly name: string
  readonly rule: number
  /** `namespace/name`. */
  readonly service: string
  /** In the order of their weights: the first is the stable one. */
  readonly versions: readonly { readonly subset: string; readonly version: string; readonly weight: number }[]
}

/** The rules of the mesh that a canary can be stepped with. */
export function listCandidates(mesh: Mesh): readonly Candidate[] {
  return mesh.virtualServices.flatMap(({ namespace, name, http, object }) =>
    http.flatMap(({ index, targets }) => {
      const [one, other] = targets
      if (targets.length !== 2 || one === undefined || other === undefined || one.host !== other.host)
        return []
      const service = mesh.services.find(({ host }) => host === one.host)
      if (service === undefined) return []
      const { subsets } = destinationRulesFor(mesh, one.host, namespace)
      const versions = [one, other].flatMap(({ subset, weight }) => {
        if (subset === undefined) return []
        const version = subsets.get(subset)?.subset.labels['version'] ?? subset
        return [{ subset, version, weight }]
      })
      if (versions.length !== 2) return []
      return [
        {
          id: `${namespace}/${name}/${String(index)}`,
          label: `${namespace}/${name}, rule ${String(index + 1)}`,
          apiVersion: object.apiVersion,
          namespace,
          name,
          rule: index,
          service: `${service.namespace}/${service.name}`,
          versions: versions.sort((a, b) => b.weight - a.weight),
        },
      ]
    }),
  )
}

/** `10, 25, 50, 100` as shares that grow; a sentence where they are not. */
export function readWeights(text: string): readonly number[] | string {
  const weights = text
    .split(/[\s,;]+/)
    .filter(part => part !== '')
    .map(Number)
  const isRight = weights.every((weight, index) => weight > (weights[index - 1] ?? 0) && weight <= 100)
  return weights.length > 0 && isRight && weights.every(Number.isInteger)
    ? weights
    : 'Write shares that grow, like 10, 25, 50, 100'
}
