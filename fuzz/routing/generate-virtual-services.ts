import { generateRule } from './generate-rules.ts'
import type { KnownService } from './generate-services.ts'
import type { Random } from './random.ts'
import { externalHosts, istio, metadata, namespaces, writeHost } from './world.ts'
import type { Fields } from './world.ts'

/** What VirtualServices are made of and for. */
export interface VirtualServiceScope {
  readonly random: Random
  readonly known: readonly KnownService[]
  /** `namespace/name`; empty where the proxy is a sidecar. */
  readonly gateways: readonly { readonly namespace: string; readonly name: string }[]
  readonly gatewayHosts: readonly string[]
  readonly isGateway: boolean
  readonly unique: () => number
}

const ports = [80, 8080, 9090] as const
const gatewayPorts = [80, 8080, 443] as const

export function generateVirtualServices(scope: VirtualServiceScope): Fields[] {
  const { random } = scope
  const delegates = random.isTrue(0.25)
    ? random.repeat(1, 2, index => ({ name: `child-${String(index)}`, namespace: random.pick(namespaces) }))
    : []
  const parents = random.repeat(1, 5, index => generateParent(scope, index, delegates))
  return [...delegates.map(delegate => generateDelegate(scope, delegate)), ...parents]
}

function generateDelegate(
  scope: VirtualServiceScope,
  { name, namespace }: { name: string; namespace: string },
): Fields {
  const { random } = scope
  return {
    ...istio(random, 'VirtualService'),
    metadata: metadata(random, name, namespace),
    spec: {
      http: random.repeat(1, 3, () => generateRule(ruleScope(scope, namespace, []), [])),
      ...random.maybe(0.2, () => ({ exportTo: random.pick([['.'], ['*'], ['shop', 'default']]) })),
    },
  }
}

function generateParent(
  scope: VirtualServiceScope,
  index: number,
  delegates: readonly { name: string; namespace: string }[],
): Fields {
  const { random } = scope
  const namespace = random.pick(namespaces)
  const named = scope.gateways.map(gateway =>
    gateway.namespace === namespace && random.isTrue(0.5)
      ? gateway.name
      : `${gateway.namespace}/${gateway.name}`,
  )
  const gateways =
    scope.isGateway && named.length > 0 && random.isTrue(0.9)
      ? [...random.sample(named, 1 + random.below(2)), ...(random.isTrue(0.2) ? ['mesh'] : [])]
      : random.isTrue(0.15)
        ? ['mesh', ...random.sample([...named, 'other'], 1)]
        : []
  const isForMesh = gateways.length === 0 || gateways.includes('mesh')
  const references = delegates.map(delegate =>
    delegate.namespace === namespace && random.isTrue(0.5) ? { name: delegate.name } : delegate,
  )
  return {
    ...istio(random, 'VirtualService'),
    metadata: metadata(random, `${random.pick(['vs', 'a'])}-${String(index)}`, namespace),
    spec: {
      hosts: generateHosts(scope, namespace, isForMesh),
      ...(gateways.length > 0 ? { gateways } : {}),
      ...random.maybe(0.2, () => ({ exportTo: random.pick([['.'], ['*'], ['shop'], ['default', 'shop']]) })),
      http: random.repeat(1, 4, () =>
        generateRule(ruleScope(scope, namespace, [...named, 'mesh']), references),
      ),
    },
  }
}

function generateHosts(scope: VirtualServiceScope, namespace: string, isForMesh: boolean): string[] {
  const { random, known } = scope
  const one = (): string => {
    if (scope.isGateway && random.isTrue(0.8))
      return random.pick(scope.gatewayHosts.filter(host => host !== '*' || !isForMesh))
    const roll = random.next()
    if (roll < 0.1)
      return random.pick([
        '*.default.svc.cluster.local',
        '*.shop.svc.cluster.local',
        '*.local',
        '*.svc.cluster.local',
      ])
    if (roll < 0.25) return random.pick(externalHosts)
    const service = random.pick(known)
    return service.host.endsWith('.local')
      ? writeHost(random, service.name, service.namespace, namespace)
      : service.host
  }
  const hosts = random.repeat(1, 2, one)
  // istiod refuses hosts that overlap within one object.
  const isApart = (host: string, other: string): boolean => {
    const [a, b] = [host.toLowerCase(), other.toLowerCase()]
    const suffix = (text: string): string => (text.startsWith('*') ? text.slice(1) : `\0${text}`)
    return a !== b && !a.endsWith(suffix(b)) && !b.endsWith(suffix(a))
  }
  return hosts.filter((host, index) => hosts.slice(0, index).every(other => isApart(host, other)))
}

const ruleScope = (
  { random, known, isGateway, unique }: VirtualServiceScope,
  namespace: string,
  gateways: readonly string[],
): Parameters<typeof generateRule>[0] => ({
  random,
  unique,
  gateways: gateways.length > 0 ? gateways : ['mesh'],
  ports: isGateway ? gatewayPorts : ports,
  host: () => {
    const service = random.pick(known)
    if (random.isTrue(0.04)) return 'nowhere'
    return service.host.endsWith('.local')
      ? writeHost(random, service.name, service.namespace, namespace)
      : service.host
  },
})
