import { expect, test } from 'vitest'
import { parse, request } from '../../../test/fixtures/routing.ts'
import { buildMesh } from '../istio/mesh.ts'
import { decideRequest } from './decide-request.ts'
import type { RoutingRequest } from './request.ts'

const object = (kind: string, name: string, spec: string, more = ''): string => `---
apiVersion: ${kind === 'Service' ? 'v1' : 'networking.istio.io/v1'}
kind: ${kind}
metadata: {name: ${name}, namespace: default${more}}
spec: ${spec}
`
const ledger = object(
  'Service',
  'ledger',
  '{clusterIP: 10.3.0.9, selector: {app: ledger}, ports: [{name: http, port: 80}, {name: tcp, port: 90}]}',
)
const alias = (name: string, target: string, ports = ''): string =>
  object('Service', name, `{type: ExternalName, externalName: ${target}${ports}}`)
const LEDGER = 'ledger.default.svc.cluster.local'
const HTTP = ', ports: [{name: http, port: 80}]'
const rule = (host: string, target: string): string =>
  object('VirtualService', 'rule', `{hosts: [${host}], http: [{route: [{destination: {host: ${target}}}]}]}`)
const front = object('Service', 'front', '{clusterIP: 10.3.0.8, ports: [{name: http, port: 80}]}')
const FRONT = 'front.default.svc.cluster.local'
const OTHER = 'other.default.svc.cluster.local'
const sidecar = (...hosts: string[]): string =>
  object('Sidecar', 'own', `{egress: [{hosts: [${hosts.map(host => `"*/${host}"`).join(', ')}]}]}`)
const entry = (name: string, spec: string): string =>
  object('ServiceEntry', name, `{location: MESH_EXTERNAL, ${spec}}`)
const tcpEntry = (name: string, addresses: string): string =>
  entry(
    name,
    `hosts: [${name}.example], resolution: STATIC, addresses: ${addresses}, ports: [{number: 7000, name: t, protocol: TCP}], endpoints: [{address: 9.9.9.9}]`,
  )
const webEntry = (name: string, resolution: string, port: number, more = ''): string =>
  entry(
    name,
    `hosts: [x.example], resolution: ${resolution}, ports: [{number: ${String(port)}, name: http, protocol: HTTP}]${more}`,
  )

// As the listeners, routes and clusters that istiod 1.31 sends.
test.each<[string, string, Partial<RoutingRequest>, string]>([
  ['an alias', ledger + alias('other', LEDGER), { host: 'other' }, `outbound|80||${LEDGER}`],
  [
    'an alias by its whole name',
    ledger + alias('other', LEDGER),
    { host: 'other.default.svc.cluster.local' },
    `outbound|80||${LEDGER}`,
  ],
  [
    'an alias on a TCP port',
    ledger + alias('other', LEDGER),
    { host: 'other', port: 90 },
    `outbound|90||${LEDGER}`,
  ],
  [
    'the alias of an alias',
    ledger + alias('one', LEDGER) + alias('two', 'one.default.svc.cluster.local'),
    { host: 'two' },
    `outbound|80||${LEDGER}`,
  ],
  [
    'aliases in a circle',
    alias('one', 'two.default.svc.cluster.local') + alias('two', 'one.default.svc.cluster.local'),
    { host: 'two' },
    'PassthroughCluster',
  ],
  [
    'an alias of what nobody knows',
    ledger + alias('other', 'api.vendor.example', HTTP),
    { host: 'other' },
    'PassthroughCluster',
  ],
  [
    'capitals in an alias',
    ledger + alias('other', `L${LEDGER.slice(1)}`),
    { host: 'other' },
    'PassthroughCluster',
  ],
  [
    'an alias of an entry',
    webEntry('x', 'DNS', 80) + alias('other', 'x.example'),
    { host: 'other' },
    'outbound|80||x.example',
  ],
  [
    'a rule for an alias',
    ledger + alias('other', LEDGER, HTTP) + rule('other', 'ledger'),
    { host: 'other' },
    `outbound|80||${LEDGER}`,
  ],
  [
    'a rule to an alias',
    ledger +
      alias('other', LEDGER, HTTP) +
      object('Service', 'front', '{clusterIP: 10.3.0.8, ports: [{name: http, port: 80}]}') +
      rule('front', 'other'),
    { host: 'front' },
    `outbound|80||${LEDGER}`,
  ],
  [
    'a rule to an alias without the port',
    ledger +
      alias('other', LEDGER) +
      object('Service', 'front', '{clusterIP: 10.3.0.8, ports: [{name: http, port: 80}]}') +
      rule('front', 'other'),
    { host: 'front' },
    'no-destination',
  ],
  [
    'a rule to an alias that the Sidecar leaves out',
    ledger + alias('other', LEDGER, HTTP) + front + rule('front', 'other') + sidecar(LEDGER, FRONT),
    { host: 'front' },
    'no-destination',
  ],
  [
    'a rule to an alias that the Sidecar imports',
    ledger + alias('other', LEDGER, HTTP) + front + rule('front', 'other') + sidecar(LEDGER, FRONT, OTHER),
    { host: 'front' },
    `outbound|80||${LEDGER}`,
  ],
  [
    'an alias that the Sidecar leaves out, on a listener that services share',
    ledger + alias('other', LEDGER) + sidecar(LEDGER),
    { host: 'other' },
    'PassthroughCluster',
  ],
  [
    'an alias that the Sidecar imports',
    ledger + alias('other', LEDGER) + sidecar(LEDGER, OTHER),
    { host: 'other' },
    `outbound|80||${LEDGER}`,
  ],
  [
    'two entries of a host',
    webEntry('a', 'STATIC', 80) + webEntry('b', 'STATIC', 90),
    { host: 'x.example', port: 90 },
    'outbound|90||x.example',
  ],
  [
    'two entries that resolve differently',
    webEntry('a', 'STATIC', 80) + webEntry('b', 'DNS', 90),
    { host: 'x.example', port: 90 },
    'no-destination',
  ],
  [
    'an address in a range',
    tcpEntry('r', '["10.81.0.0/16"]'),
    { host: '10.81.4.4', port: 7000 },
    'outbound|7000||r.example',
  ],
  [
    'an address outside it',
    tcpEntry('r', '["10.81.0.0/16"]'),
    { host: '10.82.4.4', port: 7000 },
    'PassthroughCluster',
  ],
  [
    'the narrower of two ranges',
    tcpEntry('r', '["10.81.0.0/16"]') + tcpEntry('n', '["10.81.4.0/24"]'),
    { host: '10.81.4.4', port: 7000 },
    'outbound|7000||n.example',
  ],
  [
    'a range beside an address',
    tcpEntry('r', '[10.82.0.5, "10.81.0.0/16"]'),
    { host: '10.81.4.4', port: 7000 },
    'outbound|7000||r.example',
  ],
  [
    'the name of a range',
    tcpEntry('r', '["10.81.0.0/16"]'),
    { host: 'r.example', port: 7000 },
    'outbound|7000||r.example',
  ],
  [
    'an IPv6 address in another spelling',
    tcpEntry('six', '["2001:0db8:7:0::5"]'),
    { host: '[2001:db8:7::5]', port: 7000 },
    'outbound|7000||six.example',
  ],
  [
    'an IPv6 range',
    tcpEntry('six', '["2001:db8:7::/64"]'),
    { host: '[2001:db8:7::77]', port: 7000 },
    'outbound|7000||six.example',
  ],
  [
    'a range comes before HTTP',
    tcpEntry('r', '["10.81.0.0/16"]') +
      object('Service', 'web', '{clusterIP: 10.3.0.7, ports: [{name: http, port: 7000}]}'),
    { host: '10.81.4.4', port: 7000 },
    'outbound|7000||r.example',
  ],
  [
    'a UDP port is no port of requests',
    object('Service', 'dns', '{clusterIP: 10.3.0.5, ports: [{name: http, port: 53, protocol: UDP}]}'),
    { host: 'dns', port: 53 },
    'no-listener',
  ],
  [
    'TCP beside UDP on one number',
    object(
      'Service',
      'dns',
      '{clusterIP: 10.3.0.5, ports: [{name: u, port: 53, protocol: UDP}, {name: t, port: 53}]}',
    ),
    { host: 'dns', port: 53, protocol: 'tcp' },
    'outbound|53||dns.default.svc.cluster.local',
  ],
  [
    'a rule to a UDP port',
    front +
      object('Service', 'dns', '{clusterIP: 10.3.0.5, ports: [{name: http, port: 53, protocol: UDP}]}') +
      object(
        'VirtualService',
        'rule',
        '{hosts: [front], http: [{route: [{destination: {host: dns, port: {number: 53}}}]}]}',
      ),
    { host: 'front' },
    'no-destination',
  ],
  [
    'the range of all addresses takes any',
    tcpEntry('all', '["0.0.0.0/0"]'),
    { host: 'nowhere.test', port: 7000, protocol: 'tcp' },
    'outbound|7000||all.example',
  ],
  [
    'beside HTTP it takes TLS alone',
    tcpEntry('all', '["0.0.0.0/0"]') +
      object('Service', 'web', '{clusterIP: 10.3.0.7, ports: [{name: http, port: 7000}]}'),
    { host: 'nowhere.test', port: 7000, protocol: 'tcp' },
    'PassthroughCluster',
  ],
  [
    'TLS to the same',
    tcpEntry('all', '["0.0.0.0/0"]') +
      object('Service', 'web', '{clusterIP: 10.3.0.7, ports: [{name: http, port: 7000}]}'),
    { host: 'nowhere.test', port: 7000, tls: 'simple', scheme: 'https' },
    'outbound|7000||all.example',
  ],
  [
    'HTTP comes before TCP without an address',
    ledger + entry('t', 'hosts: [t.example], resolution: DNS, ports: [{number: 80, name: t, protocol: TCP}]'),
    { host: 't.example' },
    'PassthroughCluster',
  ],
  [
    'bytes to the same',
    ledger + entry('t', 'hosts: [t.example], resolution: DNS, ports: [{number: 80, name: t, protocol: TCP}]'),
    { host: 't.example', protocol: 'tcp' },
    'outbound|80||t.example',
  ],
])('%s', (_name, text, given, expected) => {
  const decision = decideRequest(buildMesh(parse(text)), request({ host: 'ledger', ...given }))
  expect(decision.reason ?? decision.destinations[0]?.cluster).toBe(expected)
})

const entryFor = (location: string): string =>
  object(
    'ServiceEntry',
    'vm',
    `{hosts: [vm.example], location: ${location}, resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], workloadSelector: {labels: {app: vm}}}`,
  )
const machine = (tlsMode: string): string =>
  object('WorkloadEntry', 'vm-1', `{address: 10.5.0.1, labels: {app: vm${tlsMode}}, ports: {http: 8080}}`)
const deny = `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: closed, namespace: default}
spec: {selector: {matchLabels: {app: vm}}, action: DENY, rules: [{to: [{operation: {ports: ["8080"]}}]}]}
`
const ISTIO = ', security.istio.io/tlsMode: istio'
const bySlices = `${object('Service', 'legacy', '{clusterIP: 10.3.0.6, ports: [{name: http, port: 80}]}')}---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: legacy-1, namespace: default, labels: {kubernetes.io/service-name: legacy}}
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.5.0.9]}]
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: default, labels: {app: vm}}
spec: {containers: [{name: app}, {name: istio-proxy}]}
status: {podIP: 10.5.0.9}
`
test.each<[string, string, string, string]>([
  [
    'a machine with a proxy obeys policies',
    entryFor('MESH_INTERNAL') + machine(ISTIO) + deny,
    'vm.example',
    'denied',
  ],
  [
    'a machine without one does not',
    entryFor('MESH_INTERNAL') + machine('') + deny,
    'vm.example',
    'forwarded',
  ],
  [
    'one outside the mesh with a proxy does',
    entryFor('MESH_EXTERNAL') + machine(ISTIO) + deny,
    'vm.example',
    'denied',
  ],
  ['a Service of EndpointSlices leads to the pods of its addresses', bySlices + deny, 'legacy', 'denied'],
])('%s', (_name, text, host, expected) => {
  const { reason, outcome } = decideRequest(buildMesh(parse(text)), request({ host }))
  expect(reason ?? outcome).toBe(expected)
})

test('a name whose address may be in a range is said to be unknown', () => {
  const mesh = buildMesh(parse(tcpEntry('r', '["10.81.0.0/16"]') + ledger))
  const unknownFor = (given: Partial<RoutingRequest>): number =>
    decideRequest(mesh, request({ port: 7000, ...given })).unknown.filter(item => item.includes('default/r'))
      .length
  expect(unknownFor({ host: 'nowhere.test' })).toBe(1)
  expect(unknownFor({ host: 'nowhere.test', protocol: 'tcp' })).toBe(1)
  expect(unknownFor({ host: '10.82.0.1' })).toBe(0)
})
