import { expect, test } from 'vitest'
import { parse, to, virtualService } from '../../../../test/fixtures/routing.ts'
import { validateObjects } from './validate-objects.ts'

// Each row was rejected or accepted by istiod 1.31; source: istio's pkg/config/validation/validation_test.go.

const rule = (text: string): string => virtualService('a', `{hosts: [a.com], http: [${text}]}`)
const other = (kind: string, spec: string): string => `---
apiVersion: networking.istio.io/v1
kind: ${kind}
metadata: {name: a, namespace: default}
spec: ${spec}
`
const route = to('api')
const web = 'ports: [{number: 80, name: http, protocol: HTTP}]'

test.each<[string, string, string[]]>([
  [
    'a whole rule',
    rule(`{match: [{uri: {prefix: /}}], ${route}, timeout: 1s, retries: {attempts: 2, retryOn: "5xx,503"}}`),
    [],
  ],
  ['no route', rule('{match: [{uri: {prefix: /}}]}'), ['spec.http[0].route']],
  ['no rules', virtualService('a', '{hosts: [a.com]}'), ['spec']],
  ['an expression', rule(`{match: [{uri: {regex: "/("}}], ${route}}`), ['spec.http[0].match[0].uri.regex']],
  ['an empty prefix of a path', rule(`{match: [{uri: {prefix: ""}}], ${route}}`), []],
  [
    'an empty prefix',
    rule(`{match: [{method: {prefix: ""}}], ${route}}`),
    ['spec.http[0].match[0].method.prefix'],
  ],
  [
    'any value of a header that must be absent',
    rule(`{match: [{withoutHeaders: {a: {regex: "*"}}}], ${route}}`),
    [],
  ],
  [
    'a header’s name',
    rule(`{match: [{headers: {"a b": {exact: x}}}], ${route}}`),
    ['spec.http[0].match[0].headers.a b'],
  ],
  ['a port', rule(`{match: [{port: 70000}], ${route}}`), ['spec.http[0].match[0].port']],
  ['route and redirect', rule(`{redirect: {uri: /x}, ${route}}`), ['spec.http[0].redirect']],
  [
    'redirect and fault',
    rule('{redirect: {uri: /x}, fault: {abort: {httpStatus: 500}}}'),
    ['spec.http[0].fault'],
  ],
  ['an empty redirect', rule('{redirect: {}}'), ['spec.http[0].redirect']],
  [
    'a redirect’s code',
    rule('{redirect: {uri: /x, redirectCode: 200}}'),
    ['spec.http[0].redirect.redirectCode'],
  ],
  [
    'prefixRewrite and an exact path',
    rule('{match: [{uri: {exact: /}}], redirect: {prefixRewrite: /x}}'),
    ['spec.http[0].redirect.prefixRewrite'],
  ],
  ['a status', rule('{directResponse: {status: 100}}'), ['spec.http[0].directResponse.status']],
  ['an empty rewrite', rule(`{rewrite: {}, ${route}}`), ['spec.http[0].rewrite']],
  ['a short timeout', rule(`{timeout: 0.1ms, ${route}}`), ['spec.http[0].timeout']],
  ['retries without attempts', rule(`{retries: {retryOn: 5xx}, ${route}}`), ['spec.http[0].retries']],
  [
    'a reason to retry',
    rule(`{retries: {attempts: 1, retryOn: never}, ${route}}`),
    ['spec.http[0].retries.retryOn'],
  ],
  ['an empty fault', rule(`{fault: {}, ${route}}`), ['spec.http[0].fault']],
  [
    'a percentage',
    rule(`{fault: {abort: {httpStatus: 500, percentage: {value: 101}}}, ${route}}`),
    ['spec.http[0].fault.abort.percentage.value'],
  ],
  [
    'weights that are all 0',
    rule('{route: [{destination: {host: a}, weight: 0}, {destination: {host: b}}]}'),
    ['spec.http[0].route'],
  ],
  ['no destination', rule('{route: [{weight: 1}]}'), ['spec.http[0].route[0]']],
  ['a destination’s host', rule(to('"*"')), ['spec.http[0].route[0].destination.host']],
  [
    'mirror and mirrors',
    rule(`{mirror: {host: a}, mirrors: [{destination: {host: b}}], ${route}}`),
    ['spec.http[0].mirrors'],
  ],
  [
    'two hosts for a request',
    rule(`{rewrite: {authority: a}, headers: {request: {set: {host: b}}}, ${route}}`),
    ['spec.http[0].headers.request'],
  ],
  [
    'a method of CORS',
    rule(`{corsPolicy: {allowMethods: [get]}, ${route}}`),
    ['spec.http[0].corsPolicy.allowMethods'],
  ],
  [
    'overlapping hosts',
    virtualService('a', `{hosts: [a.com, "*.com"], http: [{${route}}]}`),
    ['spec.hosts[1]'],
  ],
  ['all hosts of the mesh', virtualService('a', `{hosts: ["*"], http: [{${route}}]}`), ['spec.hosts[0]']],
  ['all hosts of a gateway', virtualService('a', `{hosts: ["*"], gateways: [g], http: [{${route}}]}`), []],
  ['a delegate with gateways', virtualService('a', `{gateways: [g], http: [{${route}}]}`), ['spec.gateways']],
  [
    'exportTo twice',
    virtualService('a', `{hosts: [a], exportTo: [., default], http: [{${route}}]}`),
    ['spec.exportTo[1]'],
  ],
  ['a Gateway without servers', other('Gateway', '{}'), ['spec.servers']],
  [
    'HTTPS without TLS',
    other('Gateway', '{servers: [{port: {number: 443, name: a, protocol: HTTPS}, hosts: ["*"]}]}'),
    ['spec.servers[0].tls'],
  ],
  [
    'a port name twice',
    other(
      'Gateway',
      '{servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ["*"]}, {port: {number: 81, name: a, protocol: HTTP}, hosts: ["*"]}]}',
    ),
    ['spec.servers[1].port.name'],
  ],
  [
    'a subset twice',
    other('DestinationRule', '{host: a, subsets: [{name: v1}, {name: v1}]}'),
    ['spec.subsets[1].name'],
  ],
  [
    'a selective rule for all',
    other('DestinationRule', '{host: a, workloadSelector: {matchLabels: {a: b}}, exportTo: ["*"]}'),
    ['spec.exportTo'],
  ],
  ['an empty Sidecar', other('Sidecar', '{}'), ['spec']],
  ['a host without a namespace', other('Sidecar', '{egress: [{hosts: [a.com]}]}'), ['spec.egress[0].hosts']],
  [
    'a wildcard by DNS',
    other(
      'ServiceEntry',
      '{hosts: ["*.com"], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}',
    ),
    ['spec.hosts'],
  ],
  [
    'endpoints of nothing',
    other(
      'ServiceEntry',
      '{hosts: [a.com], ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: 1.2.3.4}]}',
    ),
    ['spec.endpoints'],
  ],
  [
    'an address that is a name',
    other('ServiceEntry', '{hosts: [a.com], addresses: [b.com, 10.0.0.0/33, "fe80::/64"]}'),
    ['spec.addresses[0]', 'spec.addresses[1]'],
  ],
  ['a host that ends in a number', other('ServiceEntry', '{hosts: [1.2.3.4]}'), ['spec.hosts']],
  [
    'endpoints by name where addresses are needed',
    other('ServiceEntry', `{hosts: [a.com], ${web}, resolution: STATIC, endpoints: [{address: b.com}, {}]}`),
    ['spec.endpoints[0].address', 'spec.endpoints[1].address'],
  ],
  [
    'an endpoint’s port that the entry does not have',
    other(
      'ServiceEntry',
      `{hosts: [a.com], ${web}, resolution: DNS, endpoints: [{address: b.com, ports: {grpc: 9090}}]}`,
    ),
    ['spec.endpoints[0].ports.grpc'],
  ],
  [
    'an endpoint that is a range',
    other('ServiceEntry', `{hosts: [a.com], ${web}, resolution: DNS, endpoints: [{address: 10.0.0.0/8}]}`),
    ['spec.endpoints[0].address'],
  ],
  [
    'a socket with a port',
    other(
      'ServiceEntry',
      `{hosts: [a.com], ${web}, resolution: STATIC, endpoints: [{address: "unix:///s", ports: {http: 80}}]}`,
    ),
    ['spec.endpoints[0].ports'],
  ],
])('%s', (_name, text, paths) => {
  expect(validateObjects(parse(text)).map(item => item.path)).toEqual(paths)
})
