import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { buildMesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { decideLinkerd } from './decide-linkerd.ts'
import { usesLinkerd } from './uses-linkerd.ts'

const parse = (text: string): KubernetesObject[] =>
  parseAllDocuments(text).map(document => document.toJS() as KubernetesObject)

const services = ['web', 'web-v2']
  .map(
    name => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop, annotations: {timeout.linkerd.io/request: 9s}}
spec: {selector: {app: ${name}}, ports: [{port: 80, name: http}]}`,
  )
  .join('\n---')
const namespace =
  '{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}}'
const server = `
{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: web-http, namespace: shop},
 spec: {podSelector: {matchLabels: {app: web}}, port: 80}}`
const serverRoute = `
{apiVersion: policy.linkerd.io/v1beta3, kind: HTTPRoute, metadata: {name: reads, namespace: shop},
 spec: {parentRefs: [{group: policy.linkerd.io, kind: Server, name: web-http}], rules: [{matches: [{method: GET}]}]}}`
const policy = (target: string, refs: string): string => `
{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop},
 spec: {targetRef: ${target}, requiredAuthenticationRefs: [${refs}]}}`
const onServer = '{group: policy.linkerd.io, kind: Server, name: web-http}'
const onRoute = '{group: policy.linkerd.io, kind: HTTPRoute, name: reads}'
const route = (group: string, more = ''): string => `
{apiVersion: ${group}/v1, kind: HTTPRoute, metadata: {name: split, namespace: shop ${more}},
 spec: {parentRefs: [{group: core, kind: Service, name: web, port: 80}], rules: [
  {matches: [{headers: [{name: x-user, value: beta}]}], backendRefs: [{name: web-v2, port: 80}]},
  {matches: [{path: {value: /api}}], backendRefs: [{name: web, port: 80, weight: 90}, {name: web-v2, port: 80, weight: 10}]}]}}`
const profile = `
{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: web.shop.svc.cluster.local, namespace: shop},
 spec: {retryBudget: {retryRatio: 0.3}, routes: [
  {name: api, condition: {all: [{method: GET}, {pathRegex: /api(/.*)?}]}, isRetryable: true, timeout: 300ms}]}}`

const decideText = (
  text: string,
  more: { path?: string; method?: string; headers?: Record<string, string>; account?: string } = {},
) => {
  const objects = parse([services, namespace, text].filter(part => part !== '').join('\n---\n'))
  return decideLinkerd(buildMesh(objects), objects, {
    from: {
      kind: 'workload',
      namespace: 'shop',
      labels: { app: 'client' },
      serviceAccount: more.account ?? 'client',
    },
    scheme: 'http',
    method: more.method ?? 'GET',
    host: 'web',
    port: 80,
    path: more.path ?? '/api',
    headers: more.headers ?? {},
    tls: 'none',
  })
}
type Options = Parameters<typeof decideText>[1]

describe('inbound policy', () => {
  const tlsOf = (identities: string): string => `
{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, metadata: {name: m, namespace: shop}, spec: {${identities}}}`
  const mesh = '{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}'
  // Source of each row: https://linkerd.io/2/reference/authorization-policy/ (the section in the name).
  const rows: [name: string, objects: string[], options: Options, expected: string][] = [
    ['default policies: without a Server all may call', [], {}, 'forwarded'],
    ['Server: nothing authorizes, so none may call', [server], {}, 'rejected denied 403 web-http'],
    [
      'Server: accessPolicy counts where nothing authorizes',
      [server.replace('port: 80}', 'port: 80, accessPolicy: all-unauthenticated}')],
      {},
      'forwarded',
    ],
    ['AuthorizationPolicy: no authentication required', [server, policy(onServer, '')], {}, 'forwarded'],
    [
      'AuthorizationPolicy: of the namespace',
      [server, policy('{kind: Namespace, name: shop}', '')],
      {},
      'forwarded',
    ],
    [
      'AuthorizationPolicy: a service account',
      [server, policy(onServer, '{kind: ServiceAccount, name: client}')],
      {},
      'forwarded',
    ],
    [
      'AuthorizationPolicy: another service account',
      [server, policy(onServer, '{kind: ServiceAccount, name: client}')],
      { account: 'other' },
      'rejected denied 403 web-http',
    ],
    [
      'MeshTLSAuthentication: any identity',
      [server, policy(onServer, mesh), tlsOf('identities: ["*"]')],
      {},
      'forwarded',
    ],
    [
      'MeshTLSAuthentication: a namespace',
      [server, policy(onServer, mesh), tlsOf('identityRefs: [{kind: Namespace, name: other}]')],
      {},
      'rejected denied 403 web-http',
    ],
    [
      'HTTPRoute: a Server with routes answers 404 to others',
      [server, serverRoute, policy(onServer, '')],
      { method: 'POST' },
      'rejected denied 404 web-http',
    ],
    ['HTTPRoute: a policy may name the route', [server, serverRoute, policy(onRoute, '')], {}, 'forwarded'],
    [
      'ServerAuthorization: unauthenticated',
      [
        server,
        '{apiVersion: policy.linkerd.io/v1beta1, kind: ServerAuthorization, metadata: {name: s, namespace: shop}, spec: {server: {name: web-http}, client: {unauthenticated: true}}}',
      ],
      {},
      'forwarded',
    ],
    [
      'ServerAuthorization: by service account',
      [
        server,
        '{apiVersion: policy.linkerd.io/v1beta1, kind: ServerAuthorization, metadata: {name: s, namespace: shop}, spec: {server: {name: web-http}, client: {meshTLS: {serviceAccounts: [{name: client}]}}}}',
      ],
      { account: 'x' },
      'rejected denied 403 web-http',
    ],
  ]
  const network = '{group: policy.linkerd.io, kind: NetworkAuthentication, name: n}'
  const blocks = (cidr: string): string =>
    `{apiVersion: policy.linkerd.io/v1alpha1, kind: NetworkAuthentication, metadata: {name: n, namespace: shop}, spec: {networks: [${cidr}]}}`
  const callerPod =
    '{apiVersion: v1, kind: Pod, metadata: {name: client, namespace: shop, labels: {app: client}}, spec: {serviceAccountName: client, containers: []}, status: {podIP: 10.1.2.3}}'
  const webOf = (annotations: string): string =>
    `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {labels: {app: web}, annotations: {${annotations}}}, spec: {containers: [{name: web, ports: [{name: main, containerPort: 80}]}]}}}}`
  const plainCaller =
    '{apiVersion: apps/v1, kind: Deployment, metadata: {name: client, namespace: shop}, spec: {template: {metadata: {labels: {app: client}, annotations: {linkerd.io/inject: disabled}}, spec: {containers: []}}}}'
  const grpcServer = server.replace('port: 80}', 'port: 80, proxyProtocol: gRPC}')
  const grpcRoute = `
{apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute, metadata: {name: calls, namespace: shop},
 spec: {parentRefs: [{group: policy.linkerd.io, kind: Server, name: web-http}], rules: [{matches: [{method: {service: shop.Cart, method: Add}}]}]}}`
  const onCalls = '{group: gateway.networking.k8s.io, kind: GRPCRoute, name: calls}'
  rows.push(
    [
      'NetworkAuthentication: the address of the caller is in a block',
      [server, policy(onServer, network), blocks('{cidr: 10.1.0.0/16}'), callerPod],
      {},
      'forwarded',
    ],
    [
      'NetworkAuthentication: the address is excepted',
      [server, policy(onServer, network), blocks('{cidr: 10.1.0.0/16, except: [10.1.2.0/24]}'), callerPod],
      {},
      'rejected denied 403 web-http',
    ],
    [
      'NetworkAuthentication: without an address the policy is named',
      [server, policy(onServer, network), blocks('{cidr: 10.1.0.0/16}')],
      {},
      'forwarded unknown: AuthorizationPolicy shop/p, which asks for the caller’s address',
    ],
    [
      'NetworkAuthentication: everywhere needs no address',
      [server, policy(onServer, network), blocks('{cidr: 0.0.0.0/0}, {cidr: "::/0"}')],
      {},
      'forwarded',
    ],
    [
      'default policies: the pod’s annotation',
      [webOf('config.linkerd.io/default-inbound-policy: deny')],
      {},
      'rejected denied 403',
    ],
    [
      'default policies: a caller without a proxy has no identity',
      [webOf('config.linkerd.io/default-inbound-policy: all-authenticated'), plainCaller],
      {},
      'rejected denied 403',
    ],
    [
      'default policies: a port that requires an identity',
      [webOf('config.linkerd.io/proxy-require-identity-inbound-ports: "80,90"'), plainCaller],
      {},
      'rejected denied 403',
    ],
    [
      'Server: a port by its name',
      [webOf(''), server.replace('port: 80}', 'port: main}')],
      {},
      'rejected denied 403 web-http',
    ],
    [
      'Server: accessPolicy lets in beside authorizations',
      [
        server.replace('port: 80}', 'port: 80, accessPolicy: audit}'),
        policy(onServer, '{kind: ServiceAccount, name: x}'),
      ],
      {},
      'forwarded',
    ],
    [
      'GRPCRoute: a call that it takes',
      [grpcServer, grpcRoute, policy(onCalls, '')],
      { path: '/shop.Cart/Add', method: 'POST' },
      'forwarded',
    ],
    [
      'GRPCRoute: another call',
      [grpcServer, grpcRoute, policy(onCalls, '')],
      { path: '/shop.Cart/Drop', method: 'POST' },
      'rejected denied 404 web-http',
    ],
    [
      'GRPCRoute: only on a Server of gRPC',
      [server, grpcRoute, policy(onServer, '')],
      { path: '/x' },
      'forwarded',
    ],
  )
  test.each(rows)('%s', (_name, objects, options, expected) => {
    const decision = decideText(objects.join('\n---\n'), options)
    const { outcome, reason, status, deniedBy, unknown } = decision
    const open = unknown.map(name => `unknown: ${name.replace("'", '’')}`)
    const words = [outcome, reason, status, deniedBy?.name, ...open]
    expect(words.filter(word => word !== undefined).join(' ')).toBe(expected)
  })
})

describe('outbound routes', () => {
  // Sources: https://linkerd.io/2/reference/httproute/, reference/timeouts, reference/retries, reference/service-profiles.
  const gateway = 'gateway.networking.k8s.io'
  const rows: [name: string, objects: string[], options: Options, expected: string][] = [
    ['no route: the Service, with its annotations', [], {}, 'web 100 9s'],
    ['HTTPRoute: weights', [route(gateway)], {}, 'web 90 web-v2 10 9s'],
    [
      'HTTPRoute of policy.linkerd.io: a header',
      [route('policy.linkerd.io')],
      { path: '/x', headers: { 'x-user': 'beta' } },
      'web-v2 100 9s',
    ],
    ['HTTPRoute: no rule takes the request', [route(gateway)], { path: '/x' }, '404'],
    [
      'annotations of a route take the place of the Service’s',
      [route(gateway, ', annotations: {retry.linkerd.io/http: 5xx, retry.linkerd.io/limit: "3"}')],
      {},
      'web 90 web-v2 10 3×5xx',
    ],
    [
      'ServiceProfile: comes before an HTTPRoute',
      [profile, route(gateway)],
      {},
      'web 100 300ms 1×failures, within a budget of 30 %',
    ],
    [
      'ServiceProfile: overrides send the requests elsewhere',
      [
        profile.replace(
          'spec: {',
          'spec: {dstOverrides: [{authority: "web.shop.svc.cluster.local:80", weight: 900m}, {authority: "web-v2.shop.svc.cluster.local.:80", weight: 100m}], ',
        ),
      ],
      {},
      'web 90 web-v2 10 300ms 1×failures, within a budget of 30 %',
    ],
    ['ServiceProfile: another path has no route', [profile], { path: '/x' }, 'web 100'],
  ]
  test.each(rows)('%s', (_name, objects, options, expected) => {
    const { destinations, timeout, retries, status } = decideText(objects.join('\n---\n'), options)
    const words = [
      ...destinations.map(({ host, weight }) => `${host.split('.')[0] ?? ''} ${String(weight)}`),
      timeout,
      retries && `${String(retries.attempts)}×${retries.retryOn}`,
      status,
    ]
    expect(words.filter(word => word !== undefined).join(' ')).toBe(expected)
  })
})

test('a caller has Linkerd’s proxy where its namespace asks for it, or where no other mesh is there', () => {
  const caller = { kind: 'workload', namespace: 'shop', labels: { app: 'client' } } as const
  expect(usesLinkerd(parse(namespace), caller)).toBe(true)
  expect(usesLinkerd(parse(server), caller)).toBe(true)
  expect(usesLinkerd(parse(services), caller)).toBe(false)
  expect(usesLinkerd(parse(namespace.replace('enabled', 'disabled')), caller)).toBe(false)
})
