import type { Caller } from '../../src/domain/routing/request.ts'
import type { Configuration } from './configuration.ts'
import { generateGatewayApi } from './generate-gateway-api.ts'
import { generateGatewayRequest, generateSidecarRequest } from './generate-requests.ts'
import { generateService, generateServiceEntry } from './generate-services.ts'
import { generateVirtualServices } from './generate-virtual-services.ts'
import { printObjects } from './print-objects.ts'
import { Random } from './random.ts'
import { names, namespaces } from './world.ts'

/** The configuration of a seed with objects of the Gateway API: the same each time. */
export function generateGatewayApiConfiguration(
  seed: number,
  requestCount: number,
  hasGrpcRoutes = true,
): Configuration {
  const random = new Random(seed)
  let count = 0
  const unique = (): number => ++count
  const isGateway = random.isTrue(0.6)
  const made = random
    .sample(
      names.flatMap(name => namespaces.slice(0, 2).map(namespace => [name, namespace] as const)),
      3 + random.below(4),
    )
    .map(([name, namespace], index) => generateService(random, name, namespace, index))
  const entries = random.isTrue(0.3) ? random.repeat(1, 2, index => generateServiceEntry(random, index)) : []
  const known = [...made.map(([, service]) => service), ...entries.flatMap(([, services]) => services)]
  const edge = generateGatewayApi({ random, known, unique, isGateway, hasGrpcRoutes })
  const hasVirtualServices = !isGateway && random.isTrue(0.4)
  const objects = [
    ...made.map(([object]) => object),
    ...entries.map(([object]) => object),
    ...edge.objects,
    ...(hasVirtualServices
      ? generateVirtualServices({ random, known, unique, isGateway, gateways: [], gatewayHosts: [] })
      : []),
  ]
  const caller: Caller = isGateway
    ? { kind: 'gateway', namespace: 'istio-system', labels: { istio: 'ingressgateway', app: 'gw' } }
    : {
        kind: 'workload',
        namespace: random.pick(['default', 'shop']),
        labels: { app: 'frontend', version: 'v1' },
      }
  return {
    seed,
    text: printObjects(random, objects),
    meshConfig: '',
    options: {},
    caller,
    requests: Array.from({ length: requestCount }, () =>
      isGateway
        ? generateGatewayRequest(random, caller, edge.servers)
        : generateSidecarRequest(random, caller, known),
    ),
  }
}
