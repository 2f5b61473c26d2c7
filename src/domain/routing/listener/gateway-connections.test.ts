import { describe, expect, test } from 'vitest'
import { db, decideFor, fresh, networking, route, whereTo } from './connection-fixture.ts'
import type { RoutingRequest } from '../request.ts'

const gateway = (servers: string): string =>
  networking('Gateway', 'edge', `{selector: {istio: ingressgateway}, servers: [${servers}]}`)

const atGateway = { kind: 'gateway', namespace: 'istio-system', labels: { istio: 'ingressgateway' } } as const

// Source: https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-TLSmode
describe('a connection at a gateway', () => {
  const server = (protocol: string, tls: string, hosts = '[one.example.com]'): string =>
    gateway(
      `{port: {number: 443, name: p, protocol: ${protocol}}, hosts: ${hosts}${tls === '' ? '' : `, tls: {mode: ${tls}, credentialName: cert}`}}`,
    )
  const bound = (rules: string): string => route(`{hosts: ["*"], gateways: [edge], ${rules}}`)
  const tcp = bound('tcp: [{route: [{destination: {host: db, port: {number: 3306}}}]}]')
  const tls = bound(
    'tls: [{match: [{sniHosts: [one.example.com]}], route: [{destination: {host: new, port: {number: 443}}}]}]',
  )
  const http = bound('http: [{route: [{destination: {host: db, port: {number: 9000}}}]}]')
  const [toDb, toNew, toWeb] = [`outbound|3306||${db}`, `outbound|443||${fresh}`, `outbound|9000||${db}`]
  test.each<[string, string, RoutingRequest['tls'], string, string]>([
    ['PASSTHROUGH goes by tls rules', server('TLS', 'PASSTHROUGH'), 'simple', tls, toNew],
    ['PASSTHROUGH does not look at certificates', server('TLS', 'PASSTHROUGH'), 'mutual', tls, toNew],
    ['PASSTHROUGH has no use for tcp rules', server('TLS', 'PASSTHROUGH'), 'simple', tcp, 'no-filter-chain'],
    ['PASSTHROUGH of protocol HTTPS', server('HTTPS', 'PASSTHROUGH'), 'simple', tls, toNew],
    ['no handshake to PASSTHROUGH', server('TLS', 'PASSTHROUGH'), 'none', tls, 'protocol-error'],
    ['SIMPLE of protocol HTTPS reads the request', server('HTTPS', 'SIMPLE'), 'simple', http, toWeb],
    ['SIMPLE asks for no certificate', server('HTTPS', 'SIMPLE'), 'mutual', http, toWeb],
    ['plain to SIMPLE', server('HTTPS', 'SIMPLE'), 'none', http, 'protocol-error'],
    ['SIMPLE of protocol TLS goes by tcp rules', server('TLS', 'SIMPLE'), 'simple', tcp, toDb],
    [
      'SIMPLE of protocol TLS has no use for tls rules',
      server('TLS', 'SIMPLE'),
      'simple',
      tls,
      'no-filter-chain',
    ],
    ['MUTUAL with a certificate', server('HTTPS', 'MUTUAL'), 'mutual', http, toWeb],
    ['MUTUAL without one', server('HTTPS', 'MUTUAL'), 'simple', http, 'tls-error'],
    ["MUTUAL with the mesh's", server('HTTPS', 'MUTUAL'), 'istio', http, 'tls-error'],
    ['OPTIONAL_MUTUAL without a certificate', server('HTTPS', 'OPTIONAL_MUTUAL'), 'simple', http, toWeb],
    ['OPTIONAL_MUTUAL with one', server('HTTPS', 'OPTIONAL_MUTUAL'), 'mutual', http, toWeb],
    ["OPTIONAL_MUTUAL with the mesh's", server('HTTPS', 'OPTIONAL_MUTUAL'), 'istio', http, 'tls-error'],
    ["ISTIO_MUTUAL with the mesh's", server('HTTPS', 'ISTIO_MUTUAL'), 'istio', http, toWeb],
    ['ISTIO_MUTUAL with another', server('HTTPS', 'ISTIO_MUTUAL'), 'mutual', http, 'mtls-error'],
    ['TCP', server('TCP', ''), 'none', tcp, toDb],
    ['a handshake to TCP is bytes', server('TCP', ''), 'simple', tcp, toDb],
    ['a handshake to HTTP', server('HTTP', ''), 'simple', http, 'protocol-error'],
    [
      'another server name',
      server('HTTPS', 'SIMPLE', '[two.example.com]'),
      'simple',
      http,
      'no-filter-chain',
    ],
    // A server without rules has no filter chain, so that a wider one answers.
    [
      'a wider server where the narrower has no rules',
      gateway(
        '{port: {number: 443, name: a, protocol: TLS}, hosts: [one.example.com], tls: {mode: SIMPLE, credentialName: c}}, {port: {number: 443, name: b, protocol: HTTPS}, hosts: ["*.example.com"], tls: {mode: SIMPLE, credentialName: c}}',
      ),
      'simple',
      http,
      toWeb,
    ],
  ])('%s', (_name, edge, mode, rules, expected) => {
    const given = { from: atGateway, host: 'one.example.com', port: 443, tls: mode, scheme: 'https' } as const
    expect(whereTo(decideFor([edge, rules], given))).toBe(expected)
  })

  test.each<[RoutingRequest['tls'], string, string]>([
    ['istio', `outbound_.3306_._.${db}`, `outbound_.3306_._.${db}`],
    ['simple', `outbound_.3306_._.${db}`, 'no-filter-chain'],
    ['istio', `outbound_.1_._.${db}`, 'no-filter-chain'],
    ['istio', 'one.example.com', 'no-filter-chain'],
  ])('AUTO_PASSTHROUGH with %s TLS for %s', (mode, sni, expected) => {
    const edge = server('TLS', 'AUTO_PASSTHROUGH', '["*.local"]')
    expect(whereTo(decideFor([edge], { from: atGateway, host: sni, sni, port: 443, tls: mode }))).toBe(
      expected,
    )
  })

  test('a policy sees the server name and the port of what is passed on, and no request', () => {
    const deny = (rule: string): string =>
      `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: istio-system}, spec: {action: DENY, rules: [${rule}]}}`
    const given = { from: atGateway, host: 'one.example.com', port: 443, tls: 'simple' } as const
    const edge = server('TLS', 'PASSTHROUGH')
    const bySni = deny('{when: [{key: connection.sni, values: [one.example.com]}]}')
    // https://istio.io/latest/docs/reference/config/security/authorization-policy/: HTTP fields of DENY are left out.
    const byMethod = deny('{to: [{operation: {methods: [POST], ports: ["443"]}}]}')
    expect([bySni, byMethod].map(policy => whereTo(decideFor([edge, tls, policy], given)))).toEqual([
      'denied',
      'denied',
    ])
  })

  test('no policy of the gateway is asked where AUTO_PASSTHROUGH leads on by the name', () => {
    const policy =
      '{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: istio-system}, spec: {}}'
    const sni = `outbound_.3306_._.${db}`
    const given = { from: atGateway, host: sni, sni, port: 443, tls: 'istio' } as const
    const edge = server('TLS', 'AUTO_PASSTHROUGH', '["*.local"]')
    expect(whereTo(decideFor([edge, policy], given))).toBe(sni)
  })

  test('a match with a name that is taken already is passed over with all its names', () => {
    const to = (names: string, host: string, port: number): string =>
      `{match: [{sniHosts: ${names}}], route: [{destination: {host: ${host}, port: {number: ${port}}}}]}`
    const rules = bound(
      `tls: [${to('[one.example.com]', 'new', 443)}, ${to('[one.example.com, two.example.com]', 'db', 3306)}]`,
    )
    const edge = server('TLS', 'PASSTHROUGH', '["*"]')
    const ask = (host: string): string =>
      whereTo(decideFor([edge, rules], { from: atGateway, host, port: 443, tls: 'simple', scheme: 'https' }))
    expect([ask('one.example.com'), ask('two.example.com')]).toEqual([toNew, 'no-filter-chain'])
  })
})
