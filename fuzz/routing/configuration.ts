import { parseAllDocuments } from 'yaml'
import type { MeshOptions } from '../../src/domain/istio/mesh.ts'
import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import type { Caller } from '../../src/domain/routing/request.ts'
import { generateMeshConfig } from './generate-mesh-config.ts'
import { generateAlias } from './generate-aliases.ts'
import { breakObject } from './break-object.ts'
import { gatewayHosts, generateGateways } from './generate-gateways.ts'
import { generateGatewayRequest, generateSidecarRequest } from './generate-requests.ts'
import type { GeneratedRequest } from './generate-requests.ts'
import {
  generateDestinationRule,
  generateService,
  generateServiceEntry,
  generateSidecar,
  generateWorkloadEntry,
  shareHost,
} from './generate-services.ts'
import { generateVirtualServices } from './generate-virtual-services.ts'
import { printObjects } from './print-objects.ts'
import { Random } from './random.ts'
import { names, namespaces } from './world.ts'

/** Objects, the proxy that asks for its routes, and requests that reach it. */
export interface Configuration {
  readonly seed: number
  /** YAML, as the oracle gets it. */
  readonly text: string
  readonly meshConfig: string
  readonly options: MeshOptions
  readonly caller: Caller
  readonly requests: readonly GeneratedRequest[]
}

/** The configuration of a seed: the same each time. */
export function generateConfiguration(seed: number, requestCount: number): Configuration {
  const random = new Random(seed)
  let count = 0
  const unique = (): number => ++count
  const isGateway = random.isTrue(0.4)
  const made = random
    .sample(
      names.flatMap(name => namespaces.slice(0, 2).map(namespace => [name, namespace] as const)),
      3 + random.below(4),
    )
    .map(([name, namespace], index) => generateService(random, name, namespace, index))
  const entries = random.isTrue(0.5) ? random.repeat(1, 3, index => generateServiceEntry(random, index)) : []
  const shared = entries.flatMap(entry => (random.isTrue(0.3) ? [shareHost(random, entry)] : []))
  const named = [...made.map(([, service]) => service), ...entries.flatMap(([, services]) => services)]
  const aliases: ReturnType<typeof generateAlias>[] = []
  if (random.isTrue(0.35) && named.some(({ host }) => !host.startsWith('*')))
    for (const index of [0, 1].slice(0, 1 + random.below(2)))
      aliases.push(generateAlias(random, index, [...named, ...aliases.map(([, service]) => service)]))
  const known = [
    ...named,
    ...shared.flatMap(([, services]) => services),
    ...aliases.map(([, service]) => service),
  ]
  const edge = isGateway ? generateGateways(random) : undefined
  const objects = [
    ...made.map(([object]) => object),
    ...entries.map(([object]) => object),
    ...shared.map(([object]) => object),
    ...(entries.length > 0 ? random.repeat(0, 2, index => generateWorkloadEntry(random, index)) : []),
    ...aliases.map(([object]) => object),
    ...random.repeat(0, 4, index => generateDestinationRule(random, index, known)),
    ...(!isGateway && random.isTrue(0.25)
      ? random.repeat(1, 2, index => generateSidecar(random, index))
      : []),
    ...(edge?.objects ?? []),
    ...generateVirtualServices({
      random,
      known,
      unique,
      isGateway,
      gateways: edge?.gateways ?? [],
      gatewayHosts: [...gatewayHosts, 's1.com', '*.s2.com', 's3.com'],
    }),
  ]
  const broken = random.isTrue(0.06) ? breakObject(random, objects) : objects
  const caller: Caller = isGateway
    ? { kind: 'gateway', namespace: 'istio-system', labels: { istio: 'ingressgateway', app: 'gw' } }
    : {
        kind: 'workload',
        namespace: random.pick(['default', 'shop']),
        labels: { app: 'frontend', version: 'v1' },
      }
  const meshConfig = generateMeshConfig(random)
  return {
    seed,
    text: printObjects(random, broken),
    meshConfig: JSON.stringify(meshConfig),
    options: { meshConfig: { title: 'mesh', config: meshConfig, values: {} } },
    caller,
    requests: Array.from({ length: requestCount }, () =>
      edge === undefined
        ? generateSidecarRequest(random, caller, known)
        : generateGatewayRequest(random, caller, edge.servers),
    ),
  }
}

export const parseObjects = (text: string): KubernetesObject[] =>
  parseAllDocuments(text)
    .map(document => document.toJS() as KubernetesObject | null)
    .filter(object => object !== null)
