import type { Caller } from '../../src/domain/routing/request.ts'
import type { Configuration } from './configuration.ts'
import { gatewayHosts, generateGateways } from './generate-gateways.ts'
import { generateIngresses } from './generate-ingress.ts'
import { generateGatewayRequest } from './generate-requests.ts'
import { generateService } from './generate-services.ts'
import { generateVirtualServices } from './generate-virtual-services.ts'
import { printObjects } from './print-objects.ts'
import { Random } from './random.ts'
import { names, namespaces } from './world.ts'
import type { Fields } from './world.ts'

/** The configuration of a seed with Ingresses, beside Istio's own Gateways and VirtualServices at times. */
export function generateIngressConfiguration(seed: number, requestCount: number): Configuration {
  const random = new Random(seed)
  let count = 0
  const unique = (): number => ++count
  const made = random
    .sample(
      names.flatMap(name => namespaces.slice(0, 2).map(namespace => [name, namespace] as const)),
      3 + random.below(4),
    )
    .map(([name, namespace], index) => generateService(random, name, namespace, index))
  const known = made.map(([, service]) => service)
  const beside = random.isTrue(0.4) ? generateGateways(random) : undefined
  const ingresses = generateIngresses(random, known, podPortOf(beside?.objects ?? []))
  const caller: Caller = {
    kind: 'gateway',
    namespace: 'istio-system',
    labels: { istio: 'ingressgateway', app: 'gw' },
  }
  const objects = [
    ...made.map(([object]) => object),
    ...ingresses.objects,
    ...(beside?.objects ?? []),
    ...(beside === undefined
      ? []
      : generateVirtualServices({
          random,
          known,
          unique,
          isGateway: true,
          gateways: beside.gateways,
          gatewayHosts: [...gatewayHosts],
        })),
  ]
  return {
    seed,
    text: printObjects(random, objects),
    meshConfig: ingresses.meshConfig,
    options: { meshConfig: { title: 'mesh', config: ingresses.settings, values: {} } },
    caller,
    requests: Array.from({ length: requestCount }, () =>
      generateGatewayRequest(random, caller, ingresses.servers),
    ),
  }
}

/** The port of the gateway's pods behind its Service's port 80, where the objects have that Service. */
function podPortOf(objects: readonly Fields[]): number {
  const service = objects.find(({ kind }) => kind === 'Service')
  const spec = service?.['spec'] as { ports: readonly { port: number; targetPort: number }[] } | undefined
  return spec?.ports.find(({ port }) => port === 80)?.targetPort ?? 80
}
