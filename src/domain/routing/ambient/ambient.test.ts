import { describe, expect, test } from 'vitest'
import { parse } from '../../../../test/fixtures/routing.ts'
import { simulateMesh } from '../../simulation/simulated-mesh.ts'
import { readRequest } from '../../simulation/read-request.ts'
import type { RequestDecision } from '../decide-request.ts'
import { decideRequest } from '../decide-request.ts'

const namespace = (name: string, labels: string): string => `---
{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {${labels}}}}
`
const AMBIENT = 'istio.io/dataplane-mode: ambient'
const USES = 'istio.io/use-waypoint: wp'
const books = (labels = '', name = 'books'): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: amb, labels: {${labels}}}
spec: {clusterIP: 10.6.0.3, selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}-1, namespace: amb, labels: {app: ${name}}}
spec: {serviceAccountName: ${name}, containers: [{name: app, image: x}]}
status: {podIP: 10.9.0.7, phase: Running}
`
const waypoint = (name = 'wp', owner = 'amb', labels = '', listener = ''): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ${name}, namespace: ${owner}, labels: {${labels}}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE${listener}}]}
`
const policy = (spec: string, kind = 'AuthorizationPolicy', owner = 'amb'): string => `---
apiVersion: security.istio.io/v1
kind: ${kind}
metadata: {name: rule, namespace: ${owner}}
spec: ${spec}
`
const target = (kind: string, name: string, group = 'gateway.networking.k8s.io'): string =>
  `targetRefs: [{group: "${group}", kind: ${kind}, name: ${name}}]`
const noDrafts = (to: string): string =>
  `{${to}, action: DENY, rules: [{to: [{operation: {paths: ["/drafts*"]}}]}]}`
const usual = namespace('amb', `${AMBIENT}, ${USES}`) + books() + waypoint()
const bare = namespace('amb', AMBIENT) + books()

const IN = '{"namespace":"amb","labels":{"app":"web"},"serviceAccount":"web"}'
const OUT = '{"namespace":"plain","labels":{"app":"web"},"serviceAccount":"web"}'

function decideFor(
  objects: string,
  path = '/drafts/1',
  from = IN,
  url = 'http://books.amb',
): RequestDecision {
  const simulated = simulateMesh(parse(objects))
  const { request, problems } = readRequest(
    { from: JSON.parse(from) as unknown, url: `${url}${path}` },
    simulated,
  )
  if (request === undefined) throw new Error(JSON.stringify(problems))
  return decideRequest(simulated.mesh, request)
}
const outcomeOf = ({ outcome, status, reason }: RequestDecision): string =>
  outcome === 'forwarded' ? outcome : `${String(status ?? '')} ${reason ?? outcome}`.trim()

// The waypoint's rows are what the listeners say that istiod 1.31 sends to a waypoint; ztunnel's follow what istiod sends to it.
describe('policies of a waypoint', () => {
  test.each<[string, string, string, string?]>([
    ['by its Gateway', usual + policy(noDrafts(target('Gateway', 'wp'))), '403 denied'],
    ['by the Service', usual + policy(noDrafts(target('Service', 'books', ''))), '403 denied'],
    [
      'by the Service, group core',
      usual + policy(noDrafts(target('Service', 'books', 'core'))),
      '403 denied',
    ],
    ['by another Service', usual + policy(noDrafts(target('Service', 'other', ''))), 'forwarded'],
    [
      'by its class in the root namespace',
      usual + policy(noDrafts(target('GatewayClass', 'istio-waypoint')), undefined, 'istio-system'),
      '403 denied',
    ],
    [
      'by its class elsewhere',
      usual + policy(noDrafts(target('GatewayClass', 'istio-waypoint'))),
      'forwarded',
    ],
    [
      'by the Gateway of another namespace',
      usual + policy(noDrafts(target('Gateway', 'wp')), undefined, 'istio-system'),
      'forwarded',
    ],
    [
      'a path that is normalised',
      usual + policy(noDrafts(target('Gateway', 'wp'))),
      '403 denied',
      '/x/../drafts/1',
    ],
    [
      'the identity of the caller',
      usual + policy(`{${target('Gateway', 'wp')}, rules: [{from: [{source: {principals: ["*/sa/web"]}}]}]}`),
      'forwarded',
    ],
    [
      'the port is the Service’s',
      usual + policy(`{${target('Gateway', 'wp')}, rules: [{to: [{operation: {ports: ["80"]}}]}]}`),
      'forwarded',
    ],
    [
      'a token that no rule takes',
      usual + policy(`{${target('Gateway', 'wp')}, jwtRules: [{issuer: a}]}`, 'RequestAuthentication'),
      '401 denied',
      '/?access_token=a.b.c',
    ],
    [
      'a policy of the waypoint is nothing to callers who do not pass it',
      bare + waypoint() + policy(noDrafts(target('Gateway', 'wp'))),
      'forwarded',
    ],
  ])('%s', (_name, objects, expected, path) => {
    expect(outcomeOf(decideFor(objects, path))).toBe(expected)
  })

  test('callers out of the mesh go round the waypoint', () => {
    const objects = usual + policy(noDrafts(target('Gateway', 'wp')))
    expect(outcomeOf(decideFor(objects, '/drafts/1', OUT))).toBe('forwarded')
  })
})

describe('which requests pass a waypoint', () => {
  const denies = policy(noDrafts(target('Gateway', 'wp')))
  test.each<[string, string, boolean]>([
    ['the label of the Service', namespace('amb', AMBIENT) + books(USES) + waypoint(), true],
    [
      'none on the Service',
      namespace('amb', `${AMBIENT}, ${USES}`) + books('istio.io/use-waypoint: none') + waypoint(),
      false,
    ],
    [
      'no such waypoint',
      namespace('amb', `${AMBIENT}, istio.io/use-waypoint: gone`) + books() + waypoint(),
      false,
    ],
    [
      'for pods only',
      namespace('amb', `${AMBIENT}, ${USES}`) +
        books() +
        waypoint('wp', 'amb', 'istio.io/waypoint-for: workload'),
      false,
    ],
    [
      'for all',
      namespace('amb', `${AMBIENT}, ${USES}`) + books() + waypoint('wp', 'amb', 'istio.io/waypoint-for: all'),
      true,
    ],
    [
      'for nothing',
      namespace('amb', `${AMBIENT}, ${USES}`) +
        books() +
        waypoint('wp', 'amb', 'istio.io/waypoint-for: none'),
      false,
    ],
    ['a headless Service', usual.replace('clusterIP: 10.6.0.3', 'clusterIP: None'), false],
    ['a Gateway of another class', usual.replace('istio-waypoint', 'istio'), false],
  ])('%s', (_name, objects, passes) => {
    expect(outcomeOf(decideFor(objects + denies))).toBe(passes ? '403 denied' : 'forwarded')
  })

  test.each<[string, boolean]>([
    [', allowedRoutes: {namespaces: {from: All}}', true],
    [', allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}', true],
    [', allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: b}}}}', false],
    ['', false],
  ])('a waypoint of another namespace whose listener says %j', (listener, passes) => {
    const objects =
      namespace('amb', `${AMBIENT}, ${USES}, istio.io/use-waypoint-namespace: infra, team: a`) +
      books() +
      waypoint('wp', 'infra', '', listener) +
      policy(noDrafts(target('Gateway', 'wp')), undefined, 'infra')
    expect(outcomeOf(decideFor(objects))).toBe(passes ? '403 denied' : 'forwarded')
  })

  test('a live waypoint without an address is not used yet', () => {
    const live = waypoint().replace('name: wp,', 'name: wp, uid: u,')
    expect(outcomeOf(decideFor(namespace('amb', `${AMBIENT}, ${USES}`) + books() + live + denies))).toBe(
      'forwarded',
    )
  })

  test.each<[string, string, string]>([
    [
      'to a gateway’s requests only where the Service says so',
      'istio.io/ingress-use-waypoint: "true"',
      '403 denied',
    ],
    ['to no other', 'x: y', 'forwarded'],
  ])('%s', (_name, label, expected) => {
    const edge = `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: amb}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: amb}
spec: {hosts: [a.com], gateways: [edge], http: [{route: [{destination: {host: books, port: {number: 80}}}]}]}
`
    const objects = namespace('amb', `${AMBIENT}, ${USES}`) + books(label) + waypoint() + denies + edge
    expect(outcomeOf(decideFor(objects, '/drafts/1', '{"gateway":"amb/edge"}', 'http://a.com'))).toBe(
      expected,
    )
  })
})

// What ztunnel does by the addresses of pods is nowhere in the objects' order: it is said, not decided.
describe('a waypoint that is not worked out', () => {
  const forAll = (label: string): string =>
    namespace('amb', `${AMBIENT}, ${USES}`) +
    books() +
    waypoint('wp', 'amb', `istio.io/waypoint-for: ${label}`)
  const headless = (label: string): string => forAll(label).replace('clusterIP: 10.6.0.3', 'clusterIP: None')
  const edge = (targets: string): string => `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: amb}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: amb}
spec: {hosts: [a.com], gateways: [edge], http: [{route: [${targets}]}]}
`
  const split =
    '{destination: {host: books, port: {number: 80}}, weight: 50}, {destination: {host: next, port: {number: 80}}, weight: 50}'
  const labelled = 'istio.io/ingress-use-waypoint: "true"'
  test.each<[string, string, string, string, number]>([
    ['of a pod by its address', forAll('workload'), IN, 'http://10.9.0.7:8080', 1],
    ['of the pods of a headless Service', headless('all'), IN, 'http://books.amb', 1],
    ['for Services alone is none of theirs', headless('service'), IN, 'http://books.amb', 0],
    ['of a Service is worked out', forAll('all'), IN, 'http://books.amb', 0],
    [
      'behind a gateway that splits',
      usual.replace('labels: {}', `labels: {${labelled}}`) + books('', 'next') + edge(split),
      '{"gateway":"amb/edge"}',
      'http://a.com',
      1,
    ],
  ])('%s', (_name, objects, from, url, count) => {
    const { unknown } = decideFor(objects, '/', from, url)
    expect(unknown.filter(item => item.includes('amb/wp')).length).toBe(count)
  })
})

describe('routes at a waypoint', () => {
  const route = (owner = 'amb'): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split, namespace: ${owner}}
spec:
  parentRefs: [{group: "", kind: Service, name: books, namespace: amb}]
  rules: [{backendRefs: [{name: books, namespace: amb, port: 80, weight: 90}, {name: next, namespace: amb, port: 80, weight: 10}]}]
`
  const byLabels = `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: split, namespace: amb}
spec: {hosts: [books], http: [{match: [{sourceLabels: {app: other}}], route: [{destination: {host: next}}]}]}
`
  const clustersOf = (objects: string): string[] =>
    decideFor(objects, '/').destinations.map(({ cluster, weight }) => `${cluster} ${String(weight)}`)
  const vip = (name: string): string => `inbound-vip|80|http|${name}.amb.svc.cluster.local`

  test('an HTTPRoute of the Service splits its requests', () => {
    expect(clustersOf(usual + books('', 'next') + route())).toEqual([
      `${vip('books')} 90`,
      `${vip('next')} 10`,
    ])
  })
  test('one of another namespace is not asked', () => {
    expect(clustersOf(usual + books('', 'next') + route('web'))).toEqual([`${vip('books')} 100`])
  })
  test('without a waypoint no route is asked', () => {
    expect(clustersOf(bare + books('', 'next') + route())).toEqual([
      'outbound|80||books.amb.svc.cluster.local 100',
    ])
  })
  // Each as istiod 1.31's listener of a waypoint.
  const rule = (match: string, more = '', name = 'split'): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: amb${more}}
spec: {hosts: [books], http: [{match: [{uri: {prefix: /}, ${match}}], route: [{destination: {host: next}}]}]}
`
  test.each<[string, string, string]>([
    ['a match for callers with labels is for nobody', byLabels, 'books'],
    ['one for the namespace of the waypoint counts', rule('sourceNamespace: amb'), 'next'],
    ['one for another namespace does not', rule('sourceNamespace: web'), 'books'],
    ['one for another gateway does not', rule('gateways: [amb/edge]'), 'books'],
    [
      'the rules of a second VirtualService come after those of the first',
      rule('port: 81', ', creationTimestamp: "2026-01-01T00:00:00Z"') +
        rule('method: {exact: GET}', ', creationTimestamp: "2026-01-02T00:00:00Z"', 'younger'),
      'next',
    ],
  ])('%s', (_name, objects, expected) => {
    expect(clustersOf(usual + books('', 'next') + objects)).toEqual([`${vip(expected)} 100`])
  })
  const bytes = (rules: string): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: bytes, namespace: amb}
spec: {hosts: [books], ${rules}}
`
  const toNext = 'route: [{destination: {host: next, port: {number: 90}}}]'
  test.each<[string, string, string]>([
    ['a tcp rule is obeyed', `tcp: [{${toNext}}]`, 'next'],
    ['one for another port is not', `tcp: [{match: [{port: 1}], ${toNext}}]`, 'books'],
    ['one for some callers is not', `tcp: [{match: [{sourceNamespace: amb}], ${toNext}}]`, 'books'],
    ['a tls rule by a short name is not asked', `tls: [{match: [{sniHosts: [books]}], ${toNext}}]`, 'books'],
    [
      'a tls rule by the whole name comes before tcp rules',
      `tls: [{match: [{sniHosts: [books.amb.svc.cluster.local]}], ${toNext}}], tcp: [{route: [{destination: {host: books}}]}]`,
      'next',
    ],
  ])('of bytes, %s', (_name, rules, expected) => {
    const decision = decideFor(usual + books('', 'next') + bytes(rules), '/', IN, 'tcp://books.amb:90')
    expect(decision.destinations.map(({ cluster }) => cluster)).toEqual([
      `inbound-vip|90|tcp|${expected}.amb.svc.cluster.local`,
    ])
  })
  test('bytes to a port of HTTP are no request', () => {
    expect(outcomeOf(decideFor(usual, '/', IN, 'tcp://books.amb:80'))).toBe('protocol-error')
  })
  test('a port that is not HTTP gets no HTTP rules', () => {
    const decision = decideFor(usual + books('', 'next') + route(), '/', IN, 'http://books.amb:90')
    expect(decision.destinations.map(({ cluster }) => cluster)).toEqual([
      'inbound-vip|90|tcp|books.amb.svc.cluster.local',
    ])
  })
})

describe('ztunnel', () => {
  const selected = (spec: string): string => policy(`{selector: {matchLabels: {app: books}}, ${spec}}`)
  test.each<[string, string, string, string?]>([
    [
      'an ALLOW rule with paths never matches',
      bare + selected('rules: [{to: [{operation: {paths: ["/*"]}}]}]'),
      'denied',
    ],
    [
      'behind a waypoint Envoy answers',
      usual + selected('rules: [{to: [{operation: {paths: ["/*"]}}]}]'),
      '503 denied',
    ],
    [
      'a DENY rule is enforced without its paths',
      bare + selected('action: DENY, rules: [{to: [{operation: {paths: ["/x"]}}]}]'),
      'denied',
    ],
    [
      'what is left of a DENY rule counts',
      bare + selected('action: DENY, rules: [{to: [{operation: {paths: ["/x"], ports: ["9"]}}]}]'),
      'forwarded',
    ],
    [
      'identities count',
      bare + selected('rules: [{from: [{source: {principals: ["cluster.local/ns/amb/sa/web"]}}]}]'),
      'forwarded',
    ],
    [
      'behind a waypoint the identity is the waypoint’s',
      usual + selected('rules: [{from: [{source: {principals: ["cluster.local/ns/amb/sa/web"]}}]}]'),
      '503 denied',
    ],
    [
      'the waypoint’s own identity',
      usual + selected('rules: [{from: [{source: {principals: ["cluster.local/ns/amb/sa/wp"]}}]}]'),
      'forwarded',
    ],
    [
      'an ALLOW rule with remoteIpBlocks never matches',
      bare + selected('rules: [{from: [{source: {remoteIpBlocks: ["0.0.0.0/0"]}}]}]'),
      'denied',
    ],
    [
      'CUSTOM is not for it',
      bare + selected('action: CUSTOM, provider: {name: x}, rules: [{}]'),
      'forwarded',
    ],
    [
      'STRICT takes callers of the mesh',
      bare + policy('{mtls: {mode: STRICT}}', 'PeerAuthentication'),
      'forwarded',
    ],
    [
      'STRICT refuses a caller out of it',
      bare + policy('{mtls: {mode: STRICT}}', 'PeerAuthentication'),
      'mtls-error',
      OUT,
    ],
    [
      'PERMISSIVE takes it, without an identity',
      bare + selected('rules: [{from: [{source: {namespaces: ["*"]}}]}]'),
      'denied',
      OUT,
    ],
    [
      'tokens are not for it',
      bare + policy('{jwtRules: [{issuer: a}]}', 'RequestAuthentication'),
      'forwarded',
    ],
  ])('%s', (_name, objects, expected, from) => {
    expect(outcomeOf(decideFor(objects, '/?access_token=a.b.c', from))).toBe(expected)
  })

  test('the reason names the field', () => {
    const { arrivals } = decideFor(bare + selected('rules: [{to: [{operation: {paths: ["/*"]}}]}]'))
    expect(arrivals[0]?.explanation).toMatch(/amb\/rule.*paths.*ztunnel/)
  })
})

describe('who is in the mesh', () => {
  const strict = policy('{mtls: {mode: STRICT}}', 'PeerAuthentication')
  const from = (owner: string, labels: string): string =>
    `{"namespace":"${owner}","labels":{"app":"web"${labels}}}`
  test.each<[string, string, string, string]>([
    ['a namespace that is ambient', '', from('amb', ''), 'forwarded'],
    ['a pod that opts out', '', from('amb', ',"istio.io/dataplane-mode":"none"'), 'mtls-error'],
    [
      'a pod that opts in',
      namespace('plain', 'x: y'),
      from('plain', ',"istio.io/dataplane-mode":"ambient"'),
      'forwarded',
    ],
    ['a namespace without labels', namespace('plain', 'x: y'), from('plain', ''), 'mtls-error'],
    [
      'a namespace with sidecars',
      namespace('side', 'istio-injection: enabled'),
      from('side', ''),
      'forwarded',
    ],
    [
      'a pod with a sidecar',
      namespace('plain', 'x: y'),
      from('plain', ',"sidecar.istio.io/inject":"true"'),
      'forwarded',
    ],
  ])('%s', (_name, objects, caller, expected) => {
    expect(outcomeOf(decideFor(bare + strict + objects, '/', caller))).toBe(expected)
  })
})
