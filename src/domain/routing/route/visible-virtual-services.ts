import { memoizeByKey } from '../../istio/memoize.ts'
import type { Mesh } from '../../istio/mesh.ts'
import type { VirtualService } from '../../istio/virtual-service.ts'
import { isExportedTo } from '../../istio/visibility.ts'

/**
 * The VirtualServices that a namespace's sidecars or a gateway there get, in Istio's order: private ones, those
 * exported to the namespace by name, then public ones, of these the namespace's own routes of the Gateway API first;
 * oldest first in each. Source: `VirtualServicesForGateway` in istio's pilot/pkg/model/push_context.go.
 */
export const visibleVirtualServices = memoizeByKey(
  (namespace: string, gateway: string) => `${namespace} ${gateway}`,
  (mesh: Mesh, namespace: string, gateway: string): readonly VirtualService[] => {
    const rank = ({ exportTo, namespace: own, isGatewayApi }: VirtualService): number => {
      if (exportTo.length === 0 || exportTo.includes('*'))
        return isGatewayApi === true && own === namespace ? 2 : 3
      return own === namespace && (exportTo.includes('.') || exportTo.includes(namespace)) ? 0 : 1
    }
    return mesh.virtualServices
      .filter(
        item =>
          item.gateways.includes(gateway) &&
          item.hosts.length > 0 &&
          isExportedTo(item.exportTo, item.namespace, namespace),
      )
      .sort((one, other) => rank(one) - rank(other))
  },
)
