import { describe, expect, test } from 'vitest'
import { parse, service } from '../../../../test/fixtures/routing.ts'
import { buildMesh } from '../../istio/mesh.ts'
import { decideRequest } from '../decide-request.ts'
import type { ConsideredRule } from '../decision.ts'
import type { Caller, RoutingRequest } from '../request.ts'

const istio: Caller = { kind: 'gateway', namespace: 'infra', labels: { istio: 'edge' } }
const standard: Caller = {
  kind: 'gateway',
  namespace: 'infra',
  labels: { 'gateway.networking.k8s.io/gateway-name': 'edge', 'istio.io/gateway-name': 'edge' },
}
const web: Caller = { kind: 'workload', namespace: 'default', labels: { app: 'web' } }

const ask = (from: Caller, host: string, more: Partial<RoutingRequest> = {}): RoutingRequest => ({
  from,
  scheme: 'http',
  method: 'GET',
  host,
  port: 80,
  path: '/',
  headers: {},
  tls: 'none',
  ...more,
})
const secure = { scheme: 'https', port: 443, tls: 'simple' } as const

const object = (apiVersion: string, kind: string, name: string, spec: string): string => `---
apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: ${name.split('/')[1] ?? name}, namespace: ${name.includes('/') ? (name.split('/')[0] ?? '') : 'default'}}
spec: ${spec}
`
const networking = (kind: string, name: string, spec: string): string =>
  object('networking.istio.io/v1', kind, name, spec)
const gatewayApi = (kind: string, name: string, spec: string): string =>
  object('gateway.networking.k8s.io/v1', kind, name, spec)

const server = (port: string, hosts = '"*.example.com"'): string =>
  networking('Gateway', 'infra/edge', `{selector: {istio: edge}, servers: [{${port}, hosts: [${hosts}]}]}`)
const HTTP = 'port: {number: 80, name: http, protocol: HTTP}'
const PASSTHROUGH = 'port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}'
const HTTPS = 'port: {number: 443, name: tls, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: c}'
const MUTUAL = 'port: {number: 443, name: tls, protocol: HTTPS}, tls: {mode: MUTUAL, credentialName: c}'
const route = 'route: [{destination: {host: api.default.svc.cluster.local}}]'
const bound = (rules: string, hosts = 'shop.example.com'): string =>
  networking('VirtualService', 'shop', `{hosts: [${hosts}], gateways: [infra/edge], ${rules}}`)

const standardGateway = (listeners: string, gatewayClass = 'istio'): string =>
  gatewayApi('Gateway', 'infra/edge', `{gatewayClassName: ${gatewayClass}, listeners: [${listeners}]}`)
const ALL = 'allowedRoutes: {namespaces: {from: All}}'
const WEB = `{name: web, port: 80, protocol: HTTP, ${ALL}}`
const backend = 'rules: [{backendRefs: [{name: api, port: 80}]}]'
const httpRoute = (parent: string, more = 'hostnames: [shop.example.com]'): string =>
  gatewayApi('HTTPRoute', 'shop', `{parentRefs: [${parent}], ${more}, ${backend}}`)

const reasons = (yaml: string, request: RoutingRequest): readonly string[] =>
  decideRequest(buildMesh(parse(service('api') + yaml)), request)
    .considered.filter(({ matched, field }) => !matched && field !== undefined)
    .map(named)

const named = ({ route: own, object: cause, field }: ConsideredRule): string =>
  [
    `${own.kind} ${own.namespace}/${own.name}`,
    ...(cause === undefined ? [] : [`${cause.kind} ${cause.namespace}/${cause.name}`]),
    field ?? '',
  ].join(' ')

describe('what a gateway turns away names the object and the field', () => {
  test.each<[string, string, RoutingRequest, readonly string[]]>([
    [
      'TLS on a port of HTTP',
      server(HTTP) + bound(`http: [{${route}}]`),
      ask(istio, 'shop.example.com', { scheme: 'https', tls: 'simple' }),
      ['Gateway infra/edge spec.servers[0].port.protocol'],
    ],
    [
      'no certificate where one is asked for',
      server(MUTUAL) + bound(`http: [{${route}}]`),
      ask(istio, 'shop.example.com', secure),
      ['Gateway infra/edge spec.servers[0].tls.mode'],
    ],
    [
      'a host that is written wrong',
      server(HTTP) + bound(`http: [{${route}}]`, 'shop.exmaple.com'),
      ask(istio, 'shop.example.com'),
      ['VirtualService default/shop spec.hosts'],
    ],
    [
      'a match that names a gateway without its namespace',
      server(HTTP) + bound(`http: [{match: [{gateways: [edge]}], ${route}}]`),
      ask(istio, 'shop.example.com'),
      ['VirtualService default/shop spec.http[0].match[0].gateways'],
    ],
    [
      'a match for another port',
      server(HTTP) + bound(`http: [{match: [{port: 8080}], ${route}}]`),
      ask(istio, 'shop.example.com'),
      ['VirtualService default/shop spec.http[0].match[0].port'],
    ],
    [
      'tls rules where the gateway ends TLS',
      server(HTTPS) + bound(`tls: [{match: [{sniHosts: [shop.example.com]}], ${route}}]`),
      ask(istio, 'shop.example.com', secure),
      ['VirtualService default/shop spec.http'],
    ],
    [
      'http rules where it passes TLS through',
      server(PASSTHROUGH) + bound(`http: [{${route}}]`),
      ask(istio, 'shop.example.com', secure),
      ['VirtualService default/shop spec.tls'],
    ],
    [
      'a server name that no rule has, and a rule of another gateway',
      server(PASSTHROUGH) +
        bound(
          `tls: [{match: [{sniHosts: [a.example.com]}], ${route}}, {match: [{sniHosts: [b.example.com], gateways: [mesh]}], ${route}}]`,
          'a.example.com, b.example.com',
        ),
      ask(istio, 'b.example.com', secure),
      [
        'VirtualService default/shop spec.tls[0].match[0]',
        'VirtualService default/shop spec.tls[1].match[0]',
      ],
    ],
    [
      'a parent without its namespace',
      standardGateway(WEB) + httpRoute('{name: edge}'),
      ask(standard, 'shop.example.com'),
      ['HTTPRoute default/shop Gateway infra/edge spec.parentRefs[0]'],
    ],
    [
      'a class of another controller',
      standardGateway(WEB, 'envoy') + httpRoute('{name: edge, namespace: infra}'),
      ask(standard, 'shop.example.com'),
      ['Gateway infra/edge spec.gatewayClassName'],
    ],
    [
      'a listener of another port',
      standardGateway(`${WEB}, {name: other, port: 8080, protocol: HTTP, ${ALL}}`) +
        httpRoute('{name: edge, namespace: infra, sectionName: web}'),
      ask(standard, 'shop.example.com', { port: 8080 }),
      ['HTTPRoute default/shop Gateway infra/edge spec.parentRefs'],
    ],
    [
      'a listener that loses to another',
      standardGateway(`{name: bytes, port: 80, protocol: TCP, ${ALL}}, ${WEB}`) +
        httpRoute('{name: edge, namespace: infra, sectionName: web}'),
      ask(standard, 'shop.example.com'),
      [
        'HTTPRoute default/shop spec.parentRefs[0].sectionName',
        'Gateway infra/edge spec.listeners["web"].protocol',
      ],
    ],
    [
      'hostnames of a TLSRoute',
      standardGateway(`{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}, ${ALL}}`) +
        gatewayApi(
          'TLSRoute',
          'shop',
          `{parentRefs: [{name: edge, namespace: infra}], hostnames: [a.example.com], ${backend}}`,
        ),
      ask(standard, 'b.example.com', secure),
      ['TLSRoute default/shop spec.hostnames'],
    ],
  ])('%s', (_, yaml, request, expected) => {
    expect(reasons(yaml, request)).toEqual(expected)
  })
})

describe('what a workload is not answered by names the object and the field', () => {
  const meshRoute = (name: string, parent: string): string =>
    gatewayApi('HTTPRoute', name, `{parentRefs: [{group: "", kind: Service, ${parent}}], ${backend}}`)
  test.each<[string, string, RoutingRequest, readonly string[]]>([
    [
      'a delegate whose only rule is dropped',
      networking(
        'VirtualService',
        'root',
        '{hosts: [api], http: [{match: [{headers: {a: {exact: "1"}}}], delegate: {name: part}}]}',
      ) + networking('VirtualService', 'part', `{http: [{match: [{headers: {a: {exact: "2"}}}], ${route}}]}`),
      ask(web, 'api'),
      ['VirtualService default/part VirtualService default/root spec.http[0].match'],
    ],
    [
      'a route of another port',
      meshRoute('shop', 'name: api, port: 8080'),
      ask(web, 'api'),
      ['HTTPRoute default/shop spec.parentRefs'],
    ],
    [
      'a route in the namespace of neither side',
      meshRoute('third/shop', 'name: api, namespace: default'),
      ask(web, 'api'),
      ['HTTPRoute third/shop metadata.namespace'],
    ],
    [
      'a Sidecar that lets nothing unknown out',
      networking(
        'Sidecar',
        'only',
        '{outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: ["*/*"]}]}',
      ),
      ask(web, 'none.example.com'),
      ['Sidecar default/only spec.outboundTrafficPolicy.mode'],
    ],
  ])('%s', (_, yaml, request, expected) => {
    expect(reasons(yaml, request)).toEqual(expected)
  })
})
