import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readManifests } from '../../src/cli/read-manifests.ts'
import { readRequests } from '../../src/cli/read-requests.ts'
import { simulateFiles } from '../../src/cli/simulate-files.ts'
import { decideSimulated } from '../../src/domain/simulation/decide-simulated.ts'
import { recordDecision, type DecisionRecord } from '../../src/domain/simulation/decision-record.ts'

// The reasons of the cases from the field: the object, and the field of it or of another, that is the cause.

const root = join(import.meta.dirname, '..', 'fixtures', 'cases', 'routing')

async function decide(folder: string, id: string): Promise<DecisionRecord> {
  const own = join(root, folder)
  const { simulated } = simulateFiles(
    await readManifests([join(own, 'manifests.yaml')], 'default'),
    'default',
  )
  const { requests } = await readRequests(join(own, 'requests.jsonl'), simulated)
  const found = requests.find(request => request.id === id)
  if (found === undefined) throw new Error(`${folder} has no request ${id}`)
  return recordDecision(id, decideSimulated(simulated, found.request))
}

const title = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  `${kind} ${namespace}/${name}`

/** Each row: the object, the field that is the cause, the object that has it where it is another, a rule of the object. */
type Cause = readonly [object: string, field: string, other?: string | undefined, rule?: number]

describe('an answer names the object and the field that is the cause', () => {
  test.each<[folder: string, id: string, cause: Cause]>([
    [
      '01-delegate-one-match-conflicts',
      'home',
      ['VirtualService shop/shop-pages', 'spec.http[0].match', 'VirtualService ingress/shop-root', 0],
    ],
    [
      '02-port-only-match-goes-last',
      'alt-cookie',
      ['VirtualService shop/front-door', 'spec.http[0].match[0]', 'VirtualService shop/front-door', 1],
    ],
    [
      '03-specific-host-hides-wildcard',
      'whoami-on-accounts',
      ['VirtualService tools/whoami', 'spec.hosts[0]', 'VirtualService bank/accounts'],
    ],
    [
      '10-strict-and-disable',
      'v1',
      ['DestinationRule bank/ledger', 'spec.trafficPolicy.tls.mode', 'PeerAuthentication bank/ledger'],
    ],
    [
      '13-authz-http-fields-on-tcp',
      'redis',
      ['AuthorizationPolicy data/no-deletes', 'spec.rules[0]', undefined, 0],
    ],
    [
      '14-authz-service-port',
      'service-port',
      ['AuthorizationPolicy shop/orders', 'spec.rules[0].ports', undefined, 0],
    ],
    [
      '16-sidecar-shows-only-the-rule',
      'short',
      ['VirtualService routes/geo-front', 'spec.http[2].route[0].destination.host', undefined, 2],
    ],
    [
      '16-sidecar-shows-only-the-rule',
      'direct',
      ['Service geo/maps', 'spec.egress', 'Sidecar client/default'],
    ],
    [
      '08-gwapi-coalesced-connection',
      'www-on-apex-connection',
      ['Gateway web/public', 'spec.listeners["sub"].hostname', 'Gateway web/public'],
    ],
    [
      '22-gwapi-cross-namespace',
      'own',
      ['HTTPRoute shop/from-shop', 'spec.listeners["own"].allowedRoutes.namespaces', 'Gateway infra/front'],
    ],
    [
      '22-gwapi-cross-namespace',
      'mixed',
      ['HTTPRoute shop/from-shop', 'spec.rules[1].backendRefs[0]', undefined, 1],
    ],
    [
      '25-linkerd-profile-beats-route',
      'cart',
      ['HTTPRoute shop/cart-canary', 'spec.parentRefs', 'ServiceProfile shop/cart.shop.svc.cluster.local'],
    ],
    ['26-linkerd-probe-after-route', 'probe-with-route', ['HTTPRoute books/authors-list', 'spec.rules']],
    [
      '26-linkerd-probe-after-route',
      'other-list',
      ['AuthorizationPolicy books/authors-list', 'spec.identityRefs', 'MeshTLSAuthentication books/web'],
    ],
    ['27-tool-subset-with-exportto', 'outside', ['VirtualService maps/geo-api', 'spec.exportTo']],
    [
      '31-two-rules-one-host',
      'mesh-special',
      ['VirtualService shop/a-special', 'spec.hosts[1]', 'VirtualService shop/b-generic'],
    ],
    [
      '33-gateway-in-another-namespace',
      'a',
      ['VirtualService shop/short-gateway-name', 'spec.gateways[0]', 'Gateway ingress/edge'],
    ],
    [
      '33-gateway-in-another-namespace',
      'b',
      ['VirtualService tools/other-namespace', 'spec.servers[0].hosts[0]', 'Gateway ingress/edge'],
    ],
  ])('%s/%s', async (folder, id, [object, field, other, rule]) => {
    const { considered } = await decide(folder, id)
    const causes = considered.map(item => [
      title(item.route),
      item.field,
      item.object === undefined ? undefined : title(item.object),
      item.rule,
    ])
    expect(causes).toContainEqual([object, field, other, rule])
  })

  test('05: an expression must match the whole path, without the query', async () => {
    for (const id of ['flags', 'query', 'part']) {
      const { considered } = await decide('05-regex-flags-and-query', id)
      expect(considered.filter(({ result }) => /whole path.*query/.test(result)).length).toBeGreaterThan(0)
    }
  })

  test('13: HTTP fields on a TCP port are named as ignored', async () => {
    const { considered } = await decide('13-authz-http-fields-on-tcp', 'redis')
    expect(considered.some(({ result }) => /only ports count.*methods/.test(result))).toBe(true)
  })

  test('a denial names whom each rule would admit', async () => {
    const { considered } = await decide('14-authz-service-port', 'service-port')
    expect(considered.map(({ result }) => result).join()).toContain('cluster.local/ns/shop/sa/web')
  })
})
