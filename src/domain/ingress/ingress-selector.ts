import type { IngressSettings } from '../istio/settings/mesh-settings.ts'

const USUAL_SERVICE = 'istio-ingressgateway'

/**
 * The labels of the proxies that serve every Ingress.
 * Source: `getIngressGatewaySelector` in istio's pilot/pkg/config/kube/ingress/gateways.go.
 */
export function ingressSelector({ selector, service }: IngressSettings): Readonly<Record<string, string>> {
  if (selector !== '') return { istio: selector }
  return { istio: service === '' || service === USUAL_SERVICE ? 'ingressgateway' : service }
}
