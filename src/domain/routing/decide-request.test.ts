import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import { buildMesh } from '../istio/mesh.ts'
import type { Mesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { decideRequest } from './decide-request.ts'
import type { RoutingRequest } from './request.ts'

const meshOf = (...texts: string[]): Mesh =>
  buildMesh(parseAllDocuments(texts.join('\n---\n')).map(document => document.toJS() as KubernetesObject))

const object = (group: string, kind: string, name: string, spec: string, namespace = 'default'): string =>
  `{apiVersion: ${group}, kind: ${kind}, metadata: {name: ${name}, namespace: ${namespace}}, spec: ${spec}}`
const security = (kind: string, name: string, spec: string, namespace?: string): string =>
  object('security.istio.io/v1', kind, name, spec, namespace)
const networking = (kind: string, name: string, spec: string, namespace?: string): string =>
  object('networking.istio.io/v1', kind, name, spec, namespace)
const policy = (name: string, spec: string, namespace?: string): string =>
  security('AuthorizationPolicy', name, spec, namespace)
const peer = (name: string, spec: string, namespace?: string): string =>
  security('PeerAuthentication', name, spec, namespace)
const service = (name: string): string =>
  object(
    'v1',
    'Service',
    name,
    `{selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90}]}`,
  )
const deployment = (name: string, labels: string, more = ''): string =>
  object(
    'apps/v1',
    'Deployment',
    name,
    `{template: {metadata: {labels: {${labels}}${more}}, spec: {serviceAccountName: ${name}}}}`,
  )

const request = (given: Partial<RoutingRequest> = {}): RoutingRequest => ({
  from: { kind: 'workload', namespace: 'default', labels: { app: 'web' }, serviceAccount: 'web' },
  scheme: 'http',
  method: 'GET',
  host: 'api',
  port: 80,
  path: '/orders?x=1',
  headers: {},
  tls: 'none',
  ...given,
})

const tutorial = policy(
  'api-policy',
  '{selector: {matchLabels: {app: api}}, rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/web]}}], to: [{operation: {methods: [GET, POST]}}]}]}',
)
const by = (kind: string, name: string, more: object = {}): object => ({
  deniedBy: { kind, namespace: 'default', name, ...more },
})
const denied = (name: string, action: string, rule?: number): object => ({
  outcome: 'rejected',
  status: 403,
  reason: 'denied',
  ...by('AuthorizationPolicy', name, { action, ...(rule === undefined ? {} : { rule }) }),
})
const other: Partial<RoutingRequest> = {
  from: { kind: 'workload', namespace: 'default', labels: { app: 'other' }, serviceAccount: 'other' },
}
const forwarded = { outcome: 'forwarded', unknown: [] }
const closed = { outcome: 'rejected', status: 503, reason: 'mtls-error' }
const notInMesh = { from: { kind: 'workload', namespace: 'default', labels: { app: 'old' } } } as const
const withoutProxy = {
  from: { kind: 'workload', namespace: '', labels: {}, hasProxy: false },
  host: 'api.default.svc.cluster.local',
} as const
const rules = (spec: string): string => networking('DestinationRule', 'api', `{host: api, ${spec}}`)
const token = (claims: object): string =>
  `Bearer e30.${btoa(JSON.stringify(claims)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')}.x`

describe('decideRequest', () => {
  test.each<[string, string[], Partial<RoutingRequest>, object]>([
    ['no policy', [], {}, forwarded],
    ['the tutorial: allowed', [tutorial], { method: 'POST' }, forwarded],
    [
      'the tutorial: another service account',
      [tutorial],
      { ...other, method: 'POST' },
      denied('api-policy', 'ALLOW'),
    ],
    ['the tutorial: another method', [tutorial], { method: 'DELETE' }, denied('api-policy', 'ALLOW')],
    [
      'DENY comes before ALLOW',
      [tutorial, policy('no', '{action: DENY, rules: [{}]}')],
      {},
      denied('no', 'DENY', 0),
    ],
    [
      'a plain connection proves no identity',
      [tutorial, rules('trafficPolicy: {tls: {mode: DISABLE}}')],
      {},
      denied('api-policy', 'ALLOW'),
    ],
    [
      'plain to STRICT',
      [peer('p', '{mtls: {mode: STRICT}}'), rules('trafficPolicy: {tls: {mode: DISABLE}}')],
      {},
      { ...closed, ...by('PeerAuthentication', 'p') },
    ],
    [
      'mutual to DISABLE',
      [peer('p', '{mtls: {mode: DISABLE}}'), rules('trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}')],
      {},
      { ...closed, ...by('PeerAuthentication', 'p') },
    ],
    ['automatic to DISABLE is plain', [peer('p', '{mtls: {mode: DISABLE}}')], {}, forwarded],
    [
      'a caller without a sidecar to STRICT',
      [peer('p', '{mtls: {mode: STRICT}}'), deployment('old', 'app: old, sidecar.istio.io/inject: "false"')],
      notInMesh,
      closed,
    ],
    [
      'a caller that is known to have no sidecar, to STRICT',
      [peer('p', '{mtls: {mode: STRICT}}')],
      withoutProxy,
      { ...closed, ...by('PeerAuthentication', 'p') },
    ],
    [
      'a caller that is known to have no sidecar follows no rule',
      [networking('VirtualService', 'api', '{hosts: [api], http: [{directResponse: {status: 418}}]}')],
      withoutProxy,
      forwarded,
    ],
    [
      'the rewritten path counts',
      [
        policy('p', '{rules: [{to: [{operation: {paths: [/new]}}]}]}'),
        networking(
          'VirtualService',
          'api',
          '{hosts: [api], http: [{match: [{uri: {prefix: /orders}}], rewrite: {uri: /new}, route: [{destination: {host: api}}]}]}',
        ),
      ],
      {},
      forwarded,
    ],
    [
      'an external authorizer is named',
      [policy('ext', '{action: CUSTOM, provider: {name: opa}, rules: [{}]}')],
      {},
      { outcome: 'forwarded', unknown: ['CUSTOM policy default/ext asks the external authorizer opa'] },
    ],
    [
      'an address that nothing tells is named',
      [policy('ip', '{action: DENY, rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}')],
      {},
      {
        outcome: 'forwarded',
        unknown: ["rule 1 of DENY policy default/ip: the caller's address is not known"],
      },
    ],
    [
      'a request without token',
      [
        security('RequestAuthentication', 'jwt', '{jwtRules: [{issuer: me}]}'),
        policy('p', '{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]}'),
      ],
      {},
      denied('p', 'DENY', 0),
    ],
    [
      'a token of the issuer',
      [
        security('RequestAuthentication', 'jwt', '{jwtRules: [{issuer: me}]}'),
        policy(
          'p',
          '{rules: [{from: [{source: {requestPrincipals: [me/you]}}], when: [{key: "request.auth.claims[group][a]", values: [x]}]}]}',
        ),
      ],
      { headers: { authorization: token({ iss: 'me', sub: 'you', group: { a: ['x'] } }) } },
      {
        outcome: 'forwarded',
        unknown: ["RequestAuthentication default/jwt: the token's signature and expiry are not checked"],
      },
    ],
    [
      'a token of another issuer',
      [security('RequestAuthentication', 'jwt', '{jwtRules: [{issuer: me}]}')],
      { headers: { authorization: token({ iss: 'they' }) } },
      { outcome: 'rejected', status: 401, reason: 'denied', ...by('RequestAuthentication', 'jwt') },
    ],
    [
      'a TCP connection: ALLOW by method never holds',
      [policy('p', '{rules: [{to: [{operation: {methods: [GET]}}]}]}')],
      { port: 90 },
      { outcome: 'rejected', reason: 'denied' },
    ],
    [
      'a TCP connection: DENY by method holds for all',
      [policy('p', '{action: DENY, rules: [{to: [{operation: {methods: [POST], ports: ["90"]}}]}]}')],
      { port: 90 },
      { outcome: 'rejected', reason: 'denied' },
    ],
    // Each of these once differed from what istiod sends.
    [
      'TLS by files to a port declared HTTP ends at a permissive proxy',
      [rules('trafficPolicy: {tls: {mode: SIMPLE}}')],
      {},
      { outcome: 'rejected', reason: 'tls-error', status: 503 },
    ],
    [
      'a TCP connection: one alternative about requests takes the whole ALLOW rule out',
      [
        policy(
          'p',
          '{rules: [{from: [{source: {namespaces: [default]}}, {source: {requestPrincipals: ["*"]}}]}]}',
        ),
      ],
      { port: 90 },
      { outcome: 'rejected', reason: 'denied' },
    ],
    [
      'a path template asks for the slash before what is any',
      [policy('p', '{action: DENY, rules: [{to: [{operation: {paths: ["/orders/{**}"]}}]}]}')],
      { path: '/orders' },
      forwarded,
    ],
    [
      'DestinationRules of different exportTo are not merged, the younger counts',
      [
        rules('trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}'),
        networking(
          'DestinationRule',
          'b',
          '{host: api, exportTo: ["*"], trafficPolicy: {tls: {mode: DISABLE}}}',
        ),
        peer('p', '{mtls: {mode: STRICT}}'),
      ],
      {},
      closed,
    ],
    [
      'callers look at the namespace: a workload that is STRICT where the namespace is DISABLE is called plainly',
      [
        peer('n', '{mtls: {mode: DISABLE}}'),
        peer('p', '{selector: {matchLabels: {app: api}}, mtls: {mode: STRICT}}'),
      ],
      {},
      closed,
    ],
    [
      'an exact host comes before a wildcard that selects the caller',
      [
        rules('trafficPolicy: {tls: {mode: DISABLE}}'),
        networking(
          'DestinationRule',
          'b',
          '{host: "*.local", workloadSelector: {matchLabels: {app: web}}, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}',
        ),
        peer('p', '{mtls: {mode: STRICT}}'),
      ],
      {},
      closed,
    ],
  ])('%s', (_name, objects, given, expected) => {
    expect(decideRequest(meshOf(service('api'), ...objects), request(given))).toMatchObject(expected)
  })

  test('versions of one destination that answer differently', () => {
    const mesh = meshOf(
      service('api'),
      deployment('api-v1', 'app: api, version: v1'),
      deployment('api-v2', 'app: api, version: v2'),
      rules('subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]'),
      networking(
        'VirtualService',
        'api',
        '{hosts: [api], http: [{route: [{destination: {host: api, subset: v1}, weight: 90}, {destination: {host: api, subset: v2}, weight: 10}]}]}',
      ),
      policy('closed', '{selector: {matchLabels: {version: v2}}, rules: []}'),
    )
    expect(decideRequest(mesh, request())).toMatchObject({
      outcome: 'forwarded',
      arrivals: [
        { subset: 'v1', weight: 90, isAccepted: true },
        { subset: 'v2', weight: 10, isAccepted: false, status: 403, ...by('AuthorizationPolicy', 'closed') },
      ],
    })
  })

  test('the reasons are among the rules considered', () => {
    const { considered } = decideRequest(
      meshOf(service('api'), tutorial),
      request({ ...other, method: 'POST' }),
    )
    expect(considered).toEqual([
      {
        route: { kind: 'AuthorizationPolicy', namespace: 'default', name: 'api-policy', rule: 0 },
        matched: false,
        reason: expect.stringContaining('cluster.local/ns/default/sa/web') as string,
        field: 'spec.rules[0].principals',
      },
    ])
  })
})
