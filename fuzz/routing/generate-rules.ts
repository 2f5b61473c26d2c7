import type { Random } from './random.ts'
import { headerNames, parameters, paths, subsets, values } from './world.ts'
import type { Fields } from './world.ts'

/** What rules of one VirtualService may name. */
export interface RuleScope {
  readonly random: Random
  /** A destination's host as its namespace may write it. */
  readonly host: () => string
  readonly gateways: readonly string[]
  readonly ports: readonly number[]
  /** A number that no other rule has. */
  readonly unique: () => number
}

function text(random: Random, exact: readonly string[], regexes: readonly string[]): Fields {
  const value = random.pick(exact.filter(item => item !== ''))
  const roll = random.next()
  if (roll < 0.4) return { exact: value }
  if (roll < 0.7) return { prefix: value.slice(0, 1 + random.below(value.length)) }
  return { regex: random.pick(regexes) }
}

const valueText = (random: Random): Fields =>
  text(random, values, ['.*', 'b.*', '[a-z]+', 'v\\d', 'alpha|beta', '.+'])

function uri(random: Random): Fields {
  const roll = random.next()
  const path = random.pick(paths)
  if (roll < 0.3) return { exact: path }
  if (roll < 0.75) return { prefix: random.isTrue(0.9) ? path : '' }
  return {
    regex: random.pick([
      '/api/.*',
      '/api(/v\\d)?',
      '.*',
      '/[a-z]+',
      '(?i)/api/.*',
      '/static/.*\\.png',
      '/a.b',
    ]),
  }
}

export function generateMatch({ random, gateways, ports, unique }: RuleScope): Fields {
  const map = (keys: readonly string[], chance: number): Fields =>
    Object.fromEntries(
      random
        .sample(keys, 1 + random.below(2))
        .map(key => [key, random.isTrue(chance) ? {} : valueText(random)]),
    )
  return {
    ...random.maybe(0.5, () => ({ name: `m${String(unique())}` })),
    ...random.maybe(0.65, () => ({ uri: uri(random) })),
    ...random.maybe(0.15, () => ({ ignoreUriCase: random.isTrue(0.8) })),
    ...random.maybe(0.1, () => ({ method: text(random, ['GET', 'POST', 'PUT'], ['GET|POST', 'P.*']) })),
    ...random.maybe(0.06, () => ({ scheme: text(random, ['http', 'https'], ['https?']) })),
    ...random.maybe(0.08, () => ({
      authority: text(random, ['myapp', 'api.shop', 'www.example.com'], ['.*', 'www\\..*', 'my.*']),
    })),
    ...random.maybe(0.25, () => ({ headers: map(headerNames, 0.15) })),
    ...random.maybe(0.12, () => ({ withoutHeaders: map(headerNames, 0.3) })),
    ...random.maybe(0.12, () => ({ queryParams: map(parameters, 0.15) })),
    ...random.maybe(0.08, () => ({ port: random.pick(ports) })),
    ...random.maybe(0.1, () => ({
      sourceLabels: random.pick([{ app: 'frontend' }, { app: 'frontend', version: 'v1' }, { app: 'other' }]),
    })),
    ...random.maybe(0.06, () => ({ sourceNamespace: random.pick(['default', 'shop']) })),
    ...random.maybe(0.1, () => ({ gateways: random.sample(gateways, 1 + random.below(2)) })),
    ...random.maybe(0.05, () => ({ statPrefix: 'stat' })),
  }
}

function destination(scope: RuleScope): Fields {
  const { random } = scope
  return {
    host: scope.host(),
    ...random.maybe(0.35, () => ({ subset: random.pick(subsets) })),
    ...random.maybe(0.25, () => ({ port: { number: random.pick([...scope.ports, 81]) } })),
  }
}

/** Header values with Envoy's operators; the last is one that only the proxy knows. */
const operators = [
  '%REQ(x-user)%',
  'a%REQ(cookie?end-user)%b',
  '50%%',
  '%REQ(:PATH)%',
  '%REQ(:METHOD)% %REQ(:AUTHORITY)%',
  '%REQ(x-none)%',
  '%QUERY_PARAM(debug)%',
  '%PROTOCOL%',
] as const

export function generateHeaders(random: Random, isHostAllowed: boolean): Fields {
  const pairs = (): Fields =>
    Object.fromEntries(
      random
        .sample(
          [
            'x-user',
            'x-added',
            'X-Other',
            'end-user',
            ...(isHostAllowed && random.isTrue(0.15) ? ['Host'] : []),
          ],
          1 + random.below(2),
        )
        .map(name => [
          name,
          name !== 'Host' && random.isTrue(0.25)
            ? random.pick(operators)
            : random.pick(['one', 'two', 'beta']),
        ]),
    )
  const set = random.maybe(0.6, () => ({ set: pairs() }))
  const hasHost = JSON.stringify(set).includes('"Host"')
  const add = random.maybe(0.5, () => {
    const added = pairs()
    return {
      add: hasHost ? Object.fromEntries(Object.entries(added).filter(([name]) => name !== 'Host')) : added,
    }
  })
  return {
    request: {
      ...set,
      ...add,
      ...random.maybe(0.3, () => ({ remove: random.sample(['cookie', 'X-User', 'x-none'], 1) })),
    },
    ...random.maybe(0.3, () => ({
      response: {
        set: { 'x-answer': random.pick(['seen', '100%%']) },
        ...random.maybe(0.5, () => ({ remove: ['x-echo-none'] })),
      },
    })),
  }
}

function route(scope: RuleScope): Fields[] {
  const { random } = scope
  const count = random.pick([1, 1, 1, 2, 2, 3])
  const weights =
    count === 1
      ? [random.pick([undefined, 100, 0, 30])]
      : random.pick([
          [90, 10, 0],
          [50, 50, 0],
          [1, 2, 3],
          [0, 100, 20],
          [34, 0, 0],
        ])
  return Array.from({ length: count }, (_, index) => ({
    destination: destination(scope),
    ...(weights[index] === undefined ? {} : { weight: weights[index] }),
    ...random.maybe(0.15, () => ({ headers: generateHeaders(random, true) })),
  }))
}

function redirect(random: Random, matches: readonly Fields[]): Fields {
  const isPrefix = matches.every(match => match['uri'] === undefined || 'prefix' in (match['uri'] as Fields))
  return {
    ...(isPrefix && random.isTrue(0.3)
      ? { prefixRewrite: random.pick(['/new', '/', '/new/']) }
      : random.maybe(0.7, () => ({ uri: random.pick(['/there', '/', '/there?x=1', '/there/']) }))),
    ...random.maybe(0.5, () => ({ authority: random.pick(['other', 'other.example.com:8080']) })),
    scheme: random.pick(['http', 'https']),
    ...random.maybe(0.4, () =>
      random.pick([
        { port: 8443 },
        { port: 443 },
        { port: 80 },
        { derivePort: 'FROM_REQUEST_PORT' },
        { derivePort: 'FROM_PROTOCOL_DEFAULT' },
      ]),
    ),
    ...random.maybe(0.5, () => ({ redirectCode: random.pick([301, 302, 303, 307, 308]) })),
  }
}

function rewrite(random: Random): Fields {
  const authority = random.maybe(0.3, () => ({ authority: 'rewritten.example.com' }))
  if (random.isTrue(0.3))
    return {
      ...authority,
      uriRegexRewrite: random.pick([
        { match: '^/api/(.*)$', rewrite: '/\\1' },
        { match: '/([a-z]+)/([a-z0-9]+)', rewrite: '/\\2/\\1' },
        { match: 'a', rewrite: 'b\\0' },
      ]),
    }
  return { uri: random.pick(['/', '/new', '/new/', '/v']), ...authority }
}

function fault(random: Random): Fields {
  return {
    abort: {
      ...random.maybe(0.95, () => ({ percentage: { value: random.pick([100, 100, 100, 0, 50]) } })),
      ...(random.isTrue(0.85)
        ? { httpStatus: random.pick([500, 503, 418, 555]) }
        : { grpcStatus: random.pick(['UNAVAILABLE', 'NOT_FOUND', 'OK']) }),
    },
    ...random.maybe(0.2, () => ({ delay: { percentage: { value: 100 }, fixedDelay: '0.001s' } })),
  }
}

/** What a rule does, apart from delegating. */
export function generateAction(scope: RuleScope, matches: readonly Fields[]): Fields {
  const { random } = scope
  const roll = random.next()
  const headers = random.maybe(0.2, () => ({ headers: generateHeaders(random, false) }))
  const cors = random.maybe(0.15, () => ({
    corsPolicy: {
      allowOrigins: [random.pick([{ exact: 'https://a.example' }, { prefix: 'https://' }, { exact: '*' }])],
      ...random.maybe(0.3, () => ({ unmatchedPreflights: random.pick(['IGNORE', 'FORWARD']) })),
      allowMethods: ['GET'],
      ...random.maybe(0.5, () => ({ maxAge: '24h' })),
    },
  }))
  if (roll < 0.1) return { redirect: redirect(random, matches), ...headers, ...cors }
  if (roll < 0.18)
    return {
      directResponse: {
        status: random.pick([200, 404, 503, 418]),
        ...random.maybe(0.5, () => ({ body: { string: 'text' } })),
      },
      ...headers,
    }
  return {
    route: route(scope),
    ...headers,
    ...cors,
    ...random.maybe(0.18, () => ({ rewrite: rewrite(random) })),
    ...random.maybe(0.2, () => ({ timeout: random.pick(['1s', '250ms', '10s', '1m', '1.5s']) })),
    ...random.maybe(0.2, () => ({
      retries: random.pick([
        { attempts: 3, perTryTimeout: '2s', retryOn: '5xx,reset' },
        { attempts: 0 },
        { attempts: 1 },
        { attempts: 2, retryOn: '503,gateway-error' },
        { attempts: 5, perTryTimeout: '100ms' },
      ]),
    })),
    ...random.maybe(0.08, () => ({ fault: fault(random) })),
    ...random.maybe(0.1, () =>
      random.isTrue(0.5)
        ? {
            mirror: destination(scope),
            ...random.maybe(0.5, () => ({ mirrorPercentage: { value: random.pick([0, 10, 100]) } })),
          }
        : {
            mirrors: random.repeat(1, 2, () => ({
              destination: destination(scope),
              ...random.maybe(0.5, () => ({ percentage: { value: random.pick([0, 10, 100]) } })),
            })),
          },
    ),
  }
}

/** One entry of `spec.http`. */
export function generateRule(scope: RuleScope, delegates: readonly Fields[]): Fields {
  const { random, unique } = scope
  const matches = random.isTrue(0.8) ? random.repeat(1, 3, () => generateMatch(scope)) : []
  return {
    ...random.maybe(0.9, () => ({ name: `r${String(unique())}` })),
    ...(matches.length > 0 ? { match: matches } : {}),
    ...(delegates.length > 0 && random.isTrue(0.4)
      ? {
          delegate: random.pick(delegates),
          ...random.maybe(0.2, () => ({ timeout: '7s' })),
          ...random.maybe(0.2, () => ({ headers: generateHeaders(random, false) })),
        }
      : generateAction(scope, matches)),
  }
}
