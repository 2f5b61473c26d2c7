import type { Configuration } from './configuration.ts'
import { generateConfiguration } from './configuration.ts'
import { generateGatewayApiConfiguration } from './gateway-api-configuration.ts'

/** The configuration of a seed: every fourth has objects of the Gateway API, the others have Istio's alone. */
export const generateMixedConfiguration = (seed: number, requestCount: number): Configuration =>
  seed % 4 === 0
    ? generateGatewayApiConfiguration(seed, requestCount)
    : generateConfiguration(seed, requestCount)
