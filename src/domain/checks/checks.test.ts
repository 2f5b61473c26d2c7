import { expect, test } from 'vitest'
import { parse, service } from '../../../test/fixtures/routing.ts'
import { checkObjects } from './index.ts'

const object = (kind: string, name: string, spec: string, apiVersion = 'networking.istio.io/v1'): string => {
  const [namespace = 'default', own = ''] = name.includes('/') ? name.split('/') : ['default', name]
  return `---
apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: ${own}, namespace: ${namespace}}
spec: ${spec}
`
}
const SECURITY = 'security.istio.io/v1'
const STANDARD = 'gateway.networking.k8s.io/v1'
const toApi = 'route: [{destination: {host: api.default.svc.cluster.local}}]'
const bound = (name: string, fields: string): string =>
  object('VirtualService', name, `{gateways: [infra/edge], ${fields}}`)
const edge = (server = 'port: {number: 80, name: http, protocol: HTTP}', hosts = '"*"'): string =>
  object('Gateway', 'infra/edge', `{selector: {istio: edge}, servers: [{${server}, hosts: [${hosts}]}]}`)
const proxies = object(
  'Service',
  'infra/edge',
  '{selector: {istio: edge}, ports: [{name: http, port: 80}]}',
  'v1',
)
const PASSTHROUGH = 'port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}'
const HTTPS = 'port: {number: 443, name: tls, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: c}'
const standardEdge = object(
  'Gateway',
  'infra/edge',
  '{gatewayClassName: istio, listeners: [{name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]}',
  STANDARD,
)
const entry = (exportTo: string): string =>
  object(
    'ServiceEntry',
    'data/ext',
    `{hosts: [ext.example.com], ${exportTo}, resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}`,
  )
const served = object(
  'Service',
  'api',
  '{selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}',
  'v1',
)

const found = (yaml: string, isWholeCluster = false): readonly string[] =>
  checkObjects(parse(yaml), {}, isWholeCluster)
    .findings.filter(({ severity }) => severity !== 'info')
    .map(({ code, object: { kind, metadata }, path }) => `${code} ${kind}/${metadata.name} ${path}`)

test.each<[name: string, yaml: string, expected: readonly string[]]>([
  [
    'exportTo leaves out the namespace of the gateway',
    service('api') +
      proxies +
      edge() +
      bound('shop', `hosts: [a.example.com], exportTo: ["."], http: [{${toApi}}]`),
    ['MWB0135 VirtualService/shop spec.exportTo'],
  ],
  [
    'exportTo names it',
    service('api') +
      proxies +
      edge() +
      bound('shop', `hosts: [a.example.com], exportTo: [infra], http: [{${toApi}}]`),
    [],
  ],
  [
    'nobody knows where the proxies are',
    service('api') + edge() + bound('shop', `hosts: [a.example.com], exportTo: ["."], http: [{${toApi}}]`),
    [],
  ],
  [
    'http rules where TLS passes through',
    service('api') + edge(PASSTHROUGH) + bound('shop', `hosts: [a.example.com], http: [{${toApi}}]`),
    ['MWB0136 VirtualService/shop spec.http'],
  ],
  [
    'tls rules where TLS ends',
    service('api') +
      edge(HTTPS) +
      bound('shop', `hosts: [a.example.com], tls: [{match: [{sniHosts: [a.example.com]}], ${toApi}}]`),
    ['MWB0136 VirtualService/shop spec.tls'],
  ],
  [
    'rules for both, where both are served',
    service('api') +
      edge(`${PASSTHROUGH}, hosts: ["*"]}, {port: {number: 80, name: http, protocol: HTTP}`) +
      bound(
        'shop',
        `hosts: [a.example.com], http: [{${toApi}}], tls: [{match: [{sniHosts: [a.example.com]}], ${toApi}}]`,
      ),
    [],
  ],
  [
    'a match that names a gateway of another namespace',
    service('api') +
      edge() +
      bound('shop', `hosts: [a.example.com], http: [{match: [{gateways: [edge]}], ${toApi}}]`),
    ['MWB0137 VirtualService/shop spec.http[0].match[0].gateways'],
  ],
  [
    'a match that names its own',
    service('api') +
      edge() +
      bound('shop', `hosts: [a.example.com], http: [{match: [{gateways: [infra/edge]}], ${toApi}}]`),
    [],
  ],
  [
    'a wildcard beside a host whose rules are for the mesh alone',
    service('api') +
      edge() +
      bound('all', `hosts: ["*.example.com"], http: [{${toApi}}]`) +
      object(
        'VirtualService',
        'one',
        `{hosts: [a.example.com], gateways: [infra/edge, mesh], http: [{match: [{gateways: [mesh], uri: {prefix: /a}}], ${toApi}}]}`,
      ),
    [],
  ],
  [
    'a wildcard beside a host in a namespace of its own',
    service('api') +
      object('VirtualService', 'all', `{hosts: ["*.example.com"], exportTo: ["."], http: [{${toApi}}]}`) +
      object(
        'VirtualService',
        'other/one',
        `{hosts: [a.example.com], exportTo: ["."], http: [{match: [{uri: {prefix: /a}}], ${toApi}}]}`,
      ),
    [],
  ],
  [
    'a wildcard of a route beside a narrower one',
    service('api') +
      standardEdge +
      object(
        'HTTPRoute',
        'all',
        '{parentRefs: [{name: edge, namespace: infra}], hostnames: ["*.example.com"], rules: [{backendRefs: [{name: api, port: 80}]}]}',
        STANDARD,
      ) +
      object(
        'HTTPRoute',
        'one',
        '{parentRefs: [{name: edge, namespace: infra}], hostnames: [a.example.com], rules: [{matches: [{path: {value: /a}}], backendRefs: [{name: api, port: 80}]}]}',
        STANDARD,
      ),
    [],
  ],
  [
    'a host that is not exported to the callers',
    service('api') +
      entry('exportTo: ["."]') +
      object(
        'VirtualService',
        'shop',
        '{hosts: [api], http: [{route: [{destination: {host: ext.example.com}}]}]}',
      ),
    ['IST0101 VirtualService/shop spec.http[0].route[0].destination.host'],
  ],
  [
    'a host that is exported to the gateway alone, and used there',
    service('api') +
      proxies +
      edge() +
      entry('exportTo: [infra]') +
      bound('shop', 'hosts: [a.example.com], http: [{route: [{destination: {host: ext.example.com}}]}]'),
    [],
  ],
  [
    'a port of a Service that a route names and that is not there',
    service('api') +
      object(
        'HTTPRoute',
        'shop',
        '{parentRefs: [{group: "", kind: Service, name: api, port: 8080}], rules: [{backendRefs: [{name: api, port: 80}]}]}',
        STANDARD,
      ),
    ['IST0101 HTTPRoute/shop spec.parentRefs[0].port'],
  ],
  [
    'each backend that may not be used, where the status names one',
    service('api') +
      standardEdge +
      object(
        'HTTPRoute',
        'front/shop',
        '{parentRefs: [{name: edge, namespace: infra}], rules: [{backendRefs: [{name: api, namespace: default, port: 80}]}, {matches: [{path: {value: /b}}], backendRefs: [{group: x.io, kind: Bucket, name: b, port: 80}]}]}',
        STANDARD,
      ),
    ['MWB0122 HTTPRoute/shop spec.rules', 'MWB0123 HTTPRoute/shop spec.rules[0].backendRefs[0]'],
  ],
  [
    'a selector that is written wrong',
    service('api') +
      object(
        'AuthorizationPolicy',
        'a',
        '{selector: {matchLabels: {app: apii}}, action: DENY, rules: [{}]}',
        SECURITY,
      ),
    ['IST0127 AuthorizationPolicy/a spec.selector.matchLabels'],
  ],
  [
    'a selector of workloads that the files do not have',
    service('api') +
      object(
        'AuthorizationPolicy',
        'a',
        '{selector: {matchLabels: {app: payments}}, action: DENY, rules: [{}]}',
        SECURITY,
      ),
    [],
  ],
  [
    'portLevelMtls of a port of the Service',
    served +
      object(
        'PeerAuthentication',
        'a',
        '{selector: {matchLabels: {app: api}}, portLevelMtls: {"80": {mode: STRICT}}}',
        SECURITY,
      ),
    ['MWB0114 PeerAuthentication/a spec.portLevelMtls["80"]'],
  ],
  [
    'portLevelMtls of a port of the workload',
    served +
      object(
        'PeerAuthentication',
        'a',
        '{selector: {matchLabels: {app: api}}, portLevelMtls: {"8080": {mode: STRICT}}}',
        SECURITY,
      ),
    [],
  ],
])('%s', (_, yaml, expected) => {
  expect(found(yaml).toSorted()).toEqual(expected.toSorted())
})
