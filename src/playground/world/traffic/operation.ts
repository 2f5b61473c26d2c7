import type { Mesh } from '../../../domain/istio/mesh.ts'
import type { Decision } from '../../../domain/routing/decision.ts'

/**
 * Istio's name of an operation: host and port of the only destination, else the VirtualService's name, and the path that
 * the rule matched. Source: `GetRouteOperation` in istio's pilot/pkg/networking/util/util.go.
 */
export function nameOperation(
  mesh: Mesh,
  { route, destinations }: Decision,
  host: string,
  port: number,
): string {
  const rule = mesh.virtualServices.find(
    item => item.namespace === route?.namespace && item.name === route.name,
  )?.http[route?.rule ?? -1]
  const uri = route?.match === undefined ? undefined : rule?.matches[route.match]?.uri
  const path =
    uri?.kind === 'exact' || uri?.kind === 'regex'
      ? uri.value
      : uri?.kind === 'prefix'
        ? `${uri.value}*`
        : '/*'
  const [only] = destinations
  if (only !== undefined && destinations.length === 1) return `${only.host}:${only.port}${path}`
  return `${route?.name ?? host}:${port}${path}`
}
