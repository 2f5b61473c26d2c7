import { describe, expect, test } from 'vitest'
import { db, decideFor, fresh, networking, route, whereTo } from './connection-fixture.ts'
import type { RoutingRequest } from '../request.ts'

const https = { port: 443, tls: 'simple', scheme: 'https' } as const

// Each row is what istiod 1.31's listeners do with the connection.
describe('a connection from a sidecar', () => {
  const split = '[{destination: {host: db}, weight: 80}, {destination: {host: new}, weight: 20}]'
  const toNew = 'route: [{destination: {host: new, port: {number: 3306}}}]'
  const bySni = (names: string, host: string): string =>
    `{match: [{port: 443, sniHosts: [${names}]}], route: [{destination: {host: ${host}, port: {number: 443}}}]}`
  test.each<[string, string[], Partial<RoutingRequest>, string]>([
    ['without a rule goes to the service itself', [], {}, `outbound|3306||${db}`],
    // https://istio.io/latest/docs/reference/config/networking/virtual-service/#TCPRoute
    [
      'is split by weight',
      [route(`{hosts: [db], tcp: [{route: ${split}}]}`)],
      {},
      `outbound|3306||${db} 80, outbound|3306||${fresh} 20`,
    ],
    [
      'takes the first tcp rule',
      [route(`{hosts: [db], tcp: [{${toNew}}, {route: ${split}}]}`)],
      {},
      `outbound|3306||${fresh}`,
    ],
    // https://istio.io/latest/docs/reference/config/networking/virtual-service/#L4MatchAttributes
    [
      'is matched by port',
      [route(`{hosts: [db], tcp: [{match: [{port: 1}], ${toNew}}]}`)],
      {},
      `outbound|3306||${db}`,
    ],
    [
      'is matched by labels of the caller',
      [route(`{hosts: [db], tcp: [{match: [{sourceLabels: {app: web}}], ${toNew}}]}`)],
      {},
      `outbound|3306||${fresh}`,
    ],
    [
      'is matched by other labels',
      [route(`{hosts: [db], tcp: [{match: [{sourceLabels: {app: x}}], ${toNew}}]}`)],
      {},
      `outbound|3306||${db}`,
    ],
    [
      'is matched by namespace',
      [route(`{hosts: [db], tcp: [{match: [{sourceNamespace: shop}], ${toNew}}]}`)],
      {},
      `outbound|3306||${db}`,
    ],
    [
      'is not for a gateway',
      [route(`{hosts: [db], gateways: [mesh, edge], tcp: [{match: [{gateways: [edge]}], ${toNew}}]}`)],
      {},
      `outbound|3306||${db}`,
    ],
    [
      'goes to a subnet',
      [route(`{hosts: [db], tcp: [{match: [{destinationSubnets: [10.0.0.0/24]}], ${toNew}}]}`)],
      {},
      `outbound|3306||${fresh}`,
    ],
    [
      'goes to an address',
      [route(`{hosts: [db], tcp: [{match: [{destinationSubnets: [10.0.0.1]}], ${toNew}}]}`)],
      {},
      `outbound|3306||${fresh}`,
    ],
    [
      'goes to another subnet',
      [route(`{hosts: [db], tcp: [{match: [{destinationSubnets: [10.9.0.0/16]}], ${toNew}}]}`)],
      {},
      `outbound|3306||${db}`,
    ],
    [
      'has no destination',
      [route('{hosts: [db], tcp: [{route: [{destination: {host: gone}}]}]}')],
      {},
      'no-destination',
    ],
    // https://istio.io/latest/docs/reference/config/networking/virtual-service/#TLSMatchAttributes
    [
      'goes by the server name',
      [route(`{hosts: [db], tls: [${bySni(db, 'new')}]}`)],
      { ...https, sni: db },
      `outbound|443||${fresh}`,
    ],
    [
      'names another server, and no chain is left',
      [route(`{hosts: [db], tls: [${bySni(db, 'new')}]}`)],
      { ...https, sni: 'x.test' },
      'PassthroughCluster',
    ],
    [
      'is not TLS, and no chain is left',
      [route(`{hosts: [db], tls: [${bySni(db, 'new')}]}`)],
      { port: 443 },
      'PassthroughCluster',
    ],
    [
      'prefers the exact name',
      [
        route(
          `{hosts: ["*.example.com"], tls: [${bySni('"*.example.com"', 'db')}, ${bySni('one.example.com', 'new')}]}`,
        ),
      ],
      { ...https, host: 'one.example.com' },
      `outbound|443||${fresh}`,
    ],
    [
      'takes the wildcard',
      [
        route(
          `{hosts: ["*.example.com"], tls: [${bySni('"*.example.com"', 'db')}, ${bySni('one.example.com', 'new')}]}`,
        ),
      ],
      { ...https, host: 'two.example.com' },
      `outbound|443||${db}`,
    ],
    [
      'to a tcp port ignores tls rules',
      [route(`{hosts: [db], tls: [${bySni(db, 'new')}]}`)],
      { tls: 'simple' },
      `outbound|3306||${db}`,
    ],
    [
      'to a tls port ignores tcp rules',
      [route(`{hosts: [db], tcp: [{${toNew}}]}`)],
      https,
      `outbound|443||${db}`,
    ],
    // Protocol detection: TLS on a port that names no protocol passes as bytes.
    ['of TLS to a port of no protocol', [], { port: 9000, tls: 'simple' }, `outbound|9000||${db}`],
    ['to an entry by its name', [], { ...https, host: 'two.example.com' }, 'outbound|443||two.example.com'],
    ['to a host that nothing names', [], { ...https, host: 'nowhere.test' }, 'PassthroughCluster'],
  ])('%s', (_name, objects, given, expected) => {
    expect(whereTo(decideFor(objects, given))).toBe(expected)
  })

  // https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-OutboundTrafficPolicy-Mode
  test('to a host that nothing names ends where only known hosts may be called', () => {
    const decision = decideFor(
      [],
      { ...https, host: 'nowhere.test' },
      { outboundTrafficPolicy: 'REGISTRY_ONLY' },
    )
    expect(whereTo(decision)).toBe('no-filter-chain')
  })

  test('says why each rule lost', () => {
    const rules = `{hosts: [db], tls: [${bySni(db, 'new')}], tcp: [{match: [{port: 1}], ${toNew}}, {match: [{destinationSubnets: [10.9.0.0/16]}], ${toNew}}, {${toNew}}, {route: ${split}}]}`
    expect(decideFor([route(rules)], {}).considered.map(({ reason }) => reason)).toEqual([
      'tls rules are for ports of TLS, and port 3306 is TCP',
      'it is for port 1, not 3306',
      "the connection's address is 10.0.0.1, not in 10.9.0.0/16",
      'yes',
      'an earlier rule took the connection',
    ])
  })

  test('names the address that the objects do not tell', () => {
    const subnets = `{hosts: [one.example.com], tls: [{match: [{sniHosts: [one.example.com], destinationSubnets: [10.9.0.0/16]}], route: [{destination: {host: new}}]}]}`
    expect(decideFor([route(subnets)], { ...https, host: 'one.example.com' }).unknown).toEqual([
      'the address of one.example.com: a rule of VirtualService default/route is for 10.9.0.0/16',
    ])
  })
})

// The listener of the port has a chain for the range and the name, and what no chain takes goes to the open entry.
test.each<[string, Partial<RoutingRequest>, string]>([
  ['without TLS', { port: 7001, host: '172.20.4.9' }, 'outbound|7001||*.wild.example.com'],
  [
    'of another name',
    { port: 7001, host: '172.20.4.9', tls: 'simple', scheme: 'https' },
    'outbound|7001||*.wild.example.com',
  ],
  [
    'of its name',
    { port: 7001, host: '172.20.4.9', tls: 'simple', scheme: 'https', sni: 'wide.example.com' },
    'outbound|7001||wide.example.com',
  ],
])('a connection %s to an address in a range of TLS goes where istiod sends it', (_, given, cluster) => {
  const objects = [
    networking(
      'ServiceEntry',
      'wide',
      '{hosts: [wide.example.com], addresses: [172.20.0.0/16], resolution: STATIC, endpoints: [{address: 192.0.2.9}], ports: [{number: 7001, name: tls, protocol: TLS}]}',
    ),
    networking(
      'ServiceEntry',
      'wild',
      '{hosts: ["*.wild.example.com"], resolution: NONE, ports: [{number: 7001, name: tcp, protocol: TCP}]}',
    ),
  ]
  for (const outboundTrafficPolicy of ['ALLOW_ANY', 'REGISTRY_ONLY'] as const)
    expect(
      decideFor(objects, given, { outboundTrafficPolicy }).destinations.map(item => item.cluster),
    ).toEqual([cluster])
})
