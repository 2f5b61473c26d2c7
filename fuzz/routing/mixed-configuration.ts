import type { Configuration } from './configuration.ts'
import { generateConfiguration } from './configuration.ts'
import { generateGatewayApiConfiguration } from './gateway-api-configuration.ts'
import { generateIngressConfiguration } from './ingress-configuration.ts'

/** The configuration of a seed: every fourth has objects of the Gateway API, every eighth Ingresses, the others Istio's alone. */
export function generateMixedConfiguration(
  seed: number,
  requestCount: number,
  hasGrpcRoutes = true,
): Configuration {
  if (seed % 4 === 0) return generateGatewayApiConfiguration(seed, requestCount, hasGrpcRoutes)
  return seed % 8 === 2
    ? generateIngressConfiguration(seed, requestCount)
    : generateConfiguration(seed, requestCount)
}
