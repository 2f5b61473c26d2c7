import type { GatewayApiWorld } from './generate-gateway-api.ts'
import type { KnownService } from './generate-services.ts'
import type { Random } from './random.ts'
import { headerNames, namespaces, parameters, paths, values } from './world.ts'
import type { Fields } from './world.ts'

const given = values.filter(value => value !== '')

/** Rules of an HTTPRoute or GRPCRoute, each with a name of its own that Envoy reports. */
export const generateRouteRules = (
  world: GatewayApiWorld,
  kind: string,
  namespace: string,
): readonly Fields[] => world.random.repeat(1, 4, () => generateRule(world, kind, namespace))

function generateRule(world: GatewayApiWorld, kind: string, namespace: string): Fields {
  const { random } = world
  const isHttp = kind === 'HTTPRoute'
  const matches = random.repeat(0, 3, () => (isHttp ? httpMatch(random) : grpcMatch(random)))
  const isPrefix = matches.length > 0 && matches.every(match => isPrefixMatch(match))
  const isRedirect = isHttp && random.isTrue(0.12)
  const isExact = matches.length === 1
  return {
    name: `r${String(world.unique())}`,
    ...(matches.length === 0 ? {} : { matches }),
    ...random.maybe(isRedirect ? 1 : 0.5, () => ({
      filters: filters(world, isHttp, isRedirect, isPrefix && isExact, namespace),
    })),
    ...(isRedirect
      ? {}
      : random.maybe(0.95, () => ({
          backendRefs: random.repeat(1, 3, () => backend(world, namespace, true)),
        }))),
    ...(isHttp && !isRedirect ? times(random) : {}),
  }
}

const isPrefixMatch = (match: Fields): boolean =>
  (match['path'] as Fields | undefined)?.['type'] === 'PathPrefix'

function httpMatch(random: Random): Fields {
  const path = random.pick(paths)
  const match = {
    ...random.maybe(0.8, () => ({
      path: random.pick<Fields>([
        { type: 'PathPrefix', value: path },
        { type: 'PathPrefix', value: path },
        { type: 'Exact', value: path },
        { type: 'RegularExpression', value: random.pick(['/a.*', '/[a-z]+/v1', '/.*', '/login/?']) },
      ]),
    })),
    ...random.maybe(0.25, () => ({ method: random.pick(['GET', 'POST', 'PUT']) })),
    ...random.maybe(0.3, () => ({ headers: pairs(random, headerNames) })),
    ...random.maybe(0.25, () => ({ queryParams: pairs(random, parameters) })),
  }
  return match
}

function grpcMatch(random: Random): Fields {
  const match = {
    ...random.maybe(0.8, () => ({
      method: {
        ...random.maybe(0.7, () => ({ type: random.pick(['Exact', 'RegularExpression']) })),
        ...random.pick<Fields>([{ service: 'api' }, { service: 'api', method: 'v1' }, { method: 'v1' }]),
      },
    })),
    ...random.maybe(0.4, () => ({ headers: pairs(random, headerNames) })),
  }
  return match
}

const pairs = (random: Random, names: readonly string[]): readonly Fields[] =>
  random.sample(names, 1 + random.below(2)).map(name => ({
    name,
    ...(random.isTrue(0.7)
      ? { value: random.pick(given), ...random.maybe(0.5, () => ({ type: 'Exact' })) }
      : { type: 'RegularExpression', value: random.pick(['[ab].*', 'v.', '.*', 'beta|alpha']) }),
  }))

function backend(world: GatewayApiWorld, namespace: string, isWeighted: boolean): Fields {
  const { random, known } = world
  const service = random.pick(known)
  return {
    ...reference(random, service, namespace),
    ...(random.isTrue(0.02) ? { name: 'missing' } : {}),
    port: random.isTrue(0.9) ? random.pick(service.ports).number : 1234,
    ...(isWeighted
      ? {
          ...random.maybe(0.6, () => ({ weight: random.pick([0, 1, 1, 3, 90, 10]) })),
          ...random.maybe(0.15, () => ({
            filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: changes(random) }],
          })),
        }
      : {}),
  }
}

function reference(random: Random, { name, host, namespace: own }: KnownService, namespace: string): Fields {
  if (!host.endsWith('.cluster.local'))
    return { group: 'networking.istio.io', kind: 'Hostname', name: host.replace('*.', 'w.') }
  return {
    ...random.maybe(0.3, () => ({ kind: 'Service', group: '' })),
    name,
    ...(own === namespace && random.isTrue(0.7)
      ? {}
      : { namespace: random.isTrue(0.9) ? own : random.pick(namespaces) }),
  }
}

function changes(random: Random): Fields {
  return {
    ...random.maybe(0.6, () => ({ set: [{ name: 'X-Set', value: random.pick(given) }] })),
    ...random.maybe(0.4, () => ({ add: [{ name: 'X-User', value: random.pick(given) }] })),
    ...random.maybe(0.3, () => ({ remove: random.sample(['cookie', 'End-User'], 1) })),
  }
}

function filters(
  world: GatewayApiWorld,
  isHttp: boolean,
  isRedirect: boolean,
  isPrefix: boolean,
  namespace: string,
): readonly Fields[] {
  const { random } = world
  const list: Fields[] = []
  if (random.isTrue(0.4)) list.push({ type: 'RequestHeaderModifier', requestHeaderModifier: changes(random) })
  if (random.isTrue(0.15))
    list.push({ type: 'ResponseHeaderModifier', responseHeaderModifier: changes(random) })
  if (isRedirect) list.push({ type: 'RequestRedirect', requestRedirect: redirect(random, isPrefix) })
  else if (isHttp && random.isTrue(0.6))
    list.push({ type: 'URLRewrite', urlRewrite: rewrite(random, isPrefix) })
  if (!isRedirect && random.isTrue(0.1))
    list.push({ type: 'RequestMirror', requestMirror: { backendRef: backend(world, namespace, false) } })
  return list
}

const path = (random: Random, isPrefix: boolean): Fields =>
  isPrefix && random.isTrue(0.7)
    ? { type: 'ReplacePrefixMatch', replacePrefixMatch: random.pick(['/', '/new', '/new/', '/deep/er']) }
    : { type: 'ReplaceFullPath', replaceFullPath: random.pick(['/full', '/', '/full/']) }

const redirect = (random: Random, isPrefix: boolean): Fields => ({
  ...random.maybe(0.4, () => ({ scheme: random.pick(['http', 'https']) })),
  ...random.maybe(0.4, () => ({ hostname: 'new.example.com' })),
  ...random.maybe(0.5, () => ({ path: path(random, isPrefix) })),
  ...random.maybe(0.3, () => ({ port: random.pick([80, 443, 8443]) })),
  ...random.maybe(0.5, () => ({ statusCode: random.pick([301, 302]) })),
})

const rewrite = (random: Random, isPrefix: boolean): Fields => ({
  ...random.maybe(0.4, () => ({ hostname: 'rewritten.example.com' })),
  ...random.maybe(0.8, () => ({ path: path(random, isPrefix) })),
})

const times = (random: Random): Fields => ({
  ...random.maybe(0.3, () => ({
    timeouts: {
      ...random.maybe(0.7, () => ({ request: random.pick(['10s', '1m', '0s', '1m30s']) })),
      ...random.maybe(0.4, () => ({ backendRequest: random.pick(['5s', '500ms', '0s']) })),
    },
  })),
  ...random.maybe(0.2, () => ({
    retry: {
      ...random.maybe(0.7, () => ({ attempts: random.below(4) })),
      ...random.maybe(0.4, () => ({ codes: [500, 503] })),
    },
  })),
})
