import type { KnownServer } from './generate-gateways.ts'
import { generateRouteRules } from './generate-route-rules.ts'
import type { KnownService } from './generate-services.ts'
import type { Random } from './random.ts'
import { metadata, namespaces } from './world.ts'
import type { Fields } from './world.ts'

/** What objects of the Gateway API are made of and for. */
export interface GatewayApiWorld {
  readonly random: Random
  readonly known: readonly KnownService[]
  /** A number that no other rule has. */
  readonly unique: () => number
  readonly isGateway: boolean
  /** Whether the lab's istiod reads GRPCRoutes, which it does not where their definition has no version. */
  readonly hasGrpcRoutes: boolean
}

export interface GeneratedGatewayApi {
  readonly objects: readonly Fields[]
  readonly servers: readonly KnownServer[]
}

interface Listener {
  readonly name: string
  readonly port: number
}

const apiVersion = 'gateway.networking.k8s.io/v1'
const hosts = ['a.com', 'b.com', 'x.a.com', '*.a.com', '*.com'] as const
const service = 'api-gw'

/** A Gateway with its Service, where the proxy is a gateway, and routes for it or for Services of the mesh. */
export function generateGatewayApi(world: GatewayApiWorld): GeneratedGatewayApi {
  const { random, isGateway } = world
  const isShifted = random.isTrue(0.5)
  const target = (port: number): number => (isShifted ? port + 8000 : port)
  const listeners = random.repeat(1, 3, index => ({
    name: `l${String(index)}`,
    port: random.pick([80, 80, 81]),
    protocol: 'HTTP',
    ...(index === 0
      ? random.maybe(0.3, () => ({ hostname: random.pick(hosts) }))
      : { hostname: hosts[index] }),
    allowedRoutes: { namespaces: { from: random.pick(['All', 'All', 'All', 'Same']) } },
  }))
  const routes = random.repeat(1, 4, index => generateRoute(world, listeners, index))
  const grants = random.repeat(0, 1, () => generateGrant(world))
  const gateway = [gatewayService(target), generateGateway(random, listeners)]
  return {
    objects: [...(isGateway ? gateway : []), ...routes, ...grants],
    servers: isGateway
      ? listeners.map(({ port }) => ({ port, route: `http.${String(target(port))}`, isTls: false, hosts }))
      : [],
  }
}

const gatewayService = (target: (port: number) => number): Fields => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: service, namespace: 'istio-system', creationTimestamp: '2025-01-01T00:00:00Z' },
  spec: {
    clusterIP: '10.97.0.2',
    selector: { istio: 'ingressgateway' },
    ports: [80, 81].map(port => ({ port, name: `http-${String(port)}`, targetPort: target(port) })),
  },
})

const generateGateway = (random: Random, listeners: readonly Listener[]): Fields => ({
  apiVersion,
  kind: 'Gateway',
  metadata: metadata(random, 'api', 'istio-system'),
  spec: {
    gatewayClassName: 'istio',
    addresses: [{ type: 'Hostname', value: `${service}.istio-system.svc.cluster.local` }],
    listeners,
  },
})

const pickKind = ({ random, hasGrpcRoutes }: GatewayApiWorld): 'HTTPRoute' | 'GRPCRoute' =>
  hasGrpcRoutes && random.isTrue(0.35) ? 'GRPCRoute' : 'HTTPRoute'

/** Lets routes of one namespace name Services of another. */
function generateGrant(world: GatewayApiWorld): Fields {
  const { random } = world
  const [from, to] = random.sample(namespaces, 2)
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: metadata(random, 'grant', to ?? 'default'),
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: pickKind(world), namespace: from }],
      to: [{ group: '', kind: 'Service' }],
    },
  }
}

function generateRoute(world: GatewayApiWorld, listeners: readonly Listener[], index: number): Fields {
  const { random, isGateway } = world
  const kind = pickKind(world)
  const services = world.known.filter(({ host }) => host.endsWith('.svc.cluster.local'))
  const parent = random.pick(services)
  const namespace = isGateway || random.isTrue(0.2) ? random.pick(namespaces) : parent.namespace
  const parentRefs = isGateway
    ? [
        {
          name: 'api',
          ...(namespace === 'istio-system' ? {} : { namespace: 'istio-system' }),
          ...random.maybe(0.3, () => ({ sectionName: random.pick(listeners).name })),
        },
      ]
    : [
        {
          group: '',
          kind: 'Service',
          name: parent.name,
          ...(namespace === parent.namespace ? {} : { namespace: parent.namespace }),
          ...random.maybe(0.3, () => ({ port: random.pick(parent.ports).number })),
        },
      ]
  return {
    apiVersion,
    kind,
    metadata: metadata(random, `route-${String(index)}`, namespace),
    spec: {
      parentRefs,
      ...(isGateway
        ? random.maybe(0.7, () => ({ hostnames: random.sample(hosts, 1 + random.below(2)) }))
        : {}),
      rules: generateRouteRules(world, kind, namespace),
    },
  }
}
