import { buildMesh } from '../../src/domain/istio/mesh.ts'
import { decideRequest } from '../../src/domain/routing/decide-request.ts'
import type { RoutingRequest } from '../../src/domain/routing/request.ts'
import type { Proxy, Question, Rendered } from './ask-istiod.ts'
import { askIstiod } from './ask-istiod.ts'
import type { PolicyConfiguration } from './generate-configuration.ts'
import { textOf } from './generate-configuration.ts'
import type { Handshaking, Passed } from './interpret-listener.ts'
import { chooseChain, clientTlsOf, passChain } from './interpret-listener.ts'
import type { Seen } from './envoy-matchers.ts'

export interface Disagreement {
  readonly configuration: PolicyConfiguration
  readonly request: RoutingRequest
  /** For each pod behind the destination. */
  readonly expected: Readonly<Record<string, Passed>>
  readonly actual: Readonly<Record<string, Passed>>
  readonly note: string
}

export interface Checked {
  readonly configurations: number
  readonly requests: number
  readonly refused: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly disagreements: readonly Disagreement[]
}

const proxyOf = (namespace: string, labels: Readonly<Record<string, string>>, ip: string): Proxy => ({
  kind: 'sidecar',
  namespace,
  labels,
  serviceAccount: labels['app'] ?? '',
  ip,
})

/** The pods of generated configurations, by name. */
const PROXIES: Readonly<Record<string, Proxy>> = {
  web: proxyOf('default', { app: 'web' }, '10.2.0.1'),
  visitor: proxyOf('shop', { app: 'visitor' }, '10.3.0.9'),
  'api-v1': proxyOf('default', { app: 'api', version: 'v1' }, '10.1.0.1'),
  'api-v2': proxyOf('default', { app: 'api', version: 'v2' }, '10.1.0.2'),
  'db-v1': proxyOf('shop', { app: 'db', version: 'v1' }, '10.1.1.1'),
}

const questionsOf = ({ objects, meshConfig }: PolicyConfiguration): readonly Question[] =>
  Object.values(PROXIES).map(proxy => ({
    objects: textOf(objects),
    meshConfig: JSON.stringify(meshConfig),
    proxy,
  }))

const PORTS: Readonly<Record<number, number>> = { 80: 8080, 81: 8081, 82: 8082, 83: 8083, 84: 8084 }

/** Asks istiod and the product about each request of each configuration. */
export function checkConfigurations(
  programs: string,
  configurations: readonly PolicyConfiguration[],
): Checked {
  const answers = askIstiod(programs, configurations.flatMap(questionsOf))
  const count = Object.keys(PROXIES).length
  const disagreements: Disagreement[] = []
  const outcomes: Record<string, number> = {}
  let [requests, refused] = [0, 0]
  for (const [index, configuration] of configurations.entries()) {
    const rendered = new Map(
      Object.keys(PROXIES).map((name, place) => [name, answers[index * count + place] ?? {}] as const),
    )
    const refusal = [...rendered.values()].find(answer => answer.error !== undefined)?.error
    if (refusal !== undefined) {
      if (process.env['POLICY_FUZZ_VERBOSE'] !== undefined) console.log(refusal.slice(0, 300))
      refused += 1
      continue
    }
    const mesh = buildMesh(configuration.objects, {
      meshConfig: { title: 'mesh', config: configuration.meshConfig, values: {} },
    })
    for (const request of configuration.requests) {
      requests += 1
      const { expected, note } = expect(rendered, request, configuration.trustDomain)
      const decision = decideRequest(mesh, request)
      const actual = Object.fromEntries(
        Object.keys(expected).map(name => [name, outcomeAt(decision, PROXIES[name]?.labels ?? {})]),
      )
      for (const outcome of Object.values(expected)) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      if (JSON.stringify(expected) !== JSON.stringify(actual))
        disagreements.push({
          configuration,
          request,
          expected,
          actual,
          note: `${note} ${JSON.stringify(decision.arrivals)}`,
        })
    }
  }
  return { configurations: configurations.length, requests, refused, outcomes, disagreements }
}

function outcomeAt(
  decision: ReturnType<typeof decideRequest>,
  labels: Readonly<Record<string, string>>,
): Passed {
  const arrival = decision.arrivals.find(
    ({ workload }) => workload === undefined || workload['version'] === labels['version'],
  )
  if (arrival === undefined || arrival.isAccepted) return 'accepted'
  return arrival.reason === 'denied' ? 'denied' : 'refused'
}

/** What Envoy does by the configuration that istiod sends to both sides. */
function expect(
  rendered: ReadonlyMap<string, Rendered>,
  request: RoutingRequest,
  trustDomain: string,
): { readonly expected: Readonly<Record<string, Passed>>; readonly note: string } {
  if (request.from.hasProxy === false) return expectPlain(rendered, request)
  const caller = request.from.labels['app'] ?? ''
  const {
    clusters = [],
    routes = [],
    listeners = [],
  } = rendered.get(caller) as Rendered & { routes?: readonly unknown[] }
  const host = request.host.startsWith('db') ? 'db.shop.svc.cluster.local' : 'api.default.svc.cluster.local'
  // Only the generator's one VirtualService sends anything to a subset, wherever it is seen.
  const text = request.port === 82 ? JSON.stringify(listeners) : JSON.stringify(routes)
  const subset = new RegExp(
    `outbound\\|${String(request.port)}\\|(v\\d)\\|${host.replace(/\./g, '\\.')}`,
  ).exec(text)?.[1]
  const cluster = clusters.find(
    ({ name }) => name === `outbound|${String(request.port)}|${subset ?? ''}|${host}`,
  )
  const pods = host.startsWith('db')
    ? ['db-v1']
    : subset === undefined
      ? ['api-v1', 'api-v2']
      : [`api-${subset}`]
  if (cluster === undefined) return { expected: {}, note: 'no cluster' }
  const tls = clientTlsOf(cluster)
  const rewrites = text.includes('h.example.com') && subset !== undefined && request.port !== 82
  return {
    note: `${tls} ${subset ?? ''}`,
    expected: Object.fromEntries(
      pods.map(name => [
        name,
        arrive(rendered.get(name) ?? {}, PROXIES[name], request, tls, rewrites, subset, host, trustDomain),
      ]),
    ),
  }
}

/** What becomes of the request of a caller without a proxy, at each pod that the cluster's DNS and Service lead to. */
function expectPlain(
  rendered: ReadonlyMap<string, Rendered>,
  request: RoutingRequest,
): { readonly expected: Readonly<Record<string, Passed>>; readonly note: string } {
  const pods = request.host.startsWith('db') ? ['db-v1'] : ['api-v1', 'api-v2']
  return {
    note: 'plain',
    expected: Object.fromEntries(
      pods.map(name => {
        const { listeners = [] } = rendered.get(name) ?? {}
        const inbound = listeners.find(item => item.name === 'virtualInbound')
        const target = PROXIES[name]
        if (inbound === undefined || target === undefined) throw new Error('no inbound listener')
        const port = PORTS[request.port] ?? request.port
        const alpn = request.port === 82 ? [] : ['http/1.1']
        const handshake: Handshaking = { port, isTls: false, alpn, hasMeshCertificate: false }
        const token = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1]
        return [
          name,
          passChain(chooseChain(inbound, handshake), handshake, {
            method: request.method,
            path: request.path,
            host: request.host,
            headers: request.headers,
            port,
            destinationIp: target.ip,
            sourceIp: '10.7.7.7',
            ...(token === undefined ? {} : { claims: claimsOf(token) }),
          }),
        ]
      }),
    ),
  }
}

const claimsOf = (token: string): Seen['claims'] & object =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Seen['claims'] & object

function arrive(
  { listeners = [] }: Rendered,
  target: Proxy | undefined,
  request: RoutingRequest,
  tls: ReturnType<typeof clientTlsOf>,
  rewrites: boolean,
  subset: string | undefined,
  host: string,
  trustDomain: string,
): Passed {
  const inbound = listeners.find(({ name }) => name === 'virtualInbound')
  const port = PORTS[request.port] ?? request.port
  if (inbound === undefined || target === undefined) throw new Error('no inbound listener')
  const sni = `outbound_.${String(request.port)}_.${subset ?? ''}_.${host}`
  const isTcp = request.port === 82
  const handshakes: Readonly<Record<'mutual' | 'file' | 'plain', Handshaking>> = {
    mutual: {
      port,
      isTls: true,
      alpn: isTcp ? ['istio-peer-exchange', 'istio'] : ['istio-http/1.1', 'istio', 'http/1.1'],
      sni,
      hasMeshCertificate: true,
    },
    file: { port, isTls: true, alpn: isTcp ? [] : ['h2', 'http/1.1'], hasMeshCertificate: false },
    plain: { port, isTls: false, alpn: isTcp ? [] : ['http/1.1'], hasMeshCertificate: false },
  }
  // The endpoint's own label says TLS unless a PeerAuthentication disables it, which its chains tell as well.
  const takesMutual = chooseChain(inbound, handshakes.mutual)?.transport_socket !== undefined
  const kind =
    tls === 'istio-mutual' || (tls === 'automatic' && takesMutual)
      ? 'mutual'
      : tls === 'simple' || tls === 'mutual'
        ? 'file'
        : 'plain'
  const handshake = handshakes[kind]
  const caller = PROXIES[request.from.labels['app'] ?? '']
  const token = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1]
  const seen: Seen = {
    method: request.method,
    path: rewrites ? '/x/1/y/2' : request.path,
    host: rewrites ? 'h.example.com' : request.host,
    headers: request.headers,
    port,
    destinationIp: target.ip,
    sourceIp: caller?.ip ?? '',
    ...(handshake.sni === undefined ? {} : { sni: handshake.sni }),
    ...(kind === 'mutual'
      ? {
          principal: `spiffe://${trustDomain}/ns/${caller?.namespace ?? ''}/sa/${caller?.serviceAccount ?? ''}`,
        }
      : {}),
    ...(token === undefined
      ? {}
      : {
          claims: JSON.parse(
            Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
          ) as Seen['claims'] & object,
        }),
  }
  return passChain(chooseChain(inbound, handshake), handshake, seen)
}
