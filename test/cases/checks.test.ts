import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readManifests } from '../../src/cli/read-manifests.ts'
import { checkObjects, type Finding } from '../../src/domain/checks/index.ts'
import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import { overlayText } from '../../src/domain/kubernetes/overlay-objects.ts'

// What the window warns of before anything is applied: the cases from the field, each with its codes, or silent.

const root = join(import.meta.dirname, '..', 'fixtures', 'cases')
const playground = join(import.meta.dirname, '..', '..', 'resources', 'playground')

async function readObjects(path: string): Promise<readonly KubernetesObject[]> {
  return (await readManifests([path], 'default')).objects.map(({ object }) => object)
}

const short = ({ code, object, path }: Finding): string =>
  `${code} ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name} ${path}`

/** What is told of each case but as information; those that are not listed are silent. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  '01-delegate-one-match-conflicts': [
    'MWB0101 VirtualService ingress/shop-root spec.http[0].delegate',
    'MWB0101 VirtualService shop/shop-pages spec.http[0].match[1]',
  ],
  '02-port-only-match-goes-last': ['MWB0102 VirtualService shop/front-door spec.http[0].match[0]'],
  '03-specific-host-hides-wildcard': ['MWB0103 VirtualService tools/whoami spec.hosts[0]'],
  '05-regex-flags-and-query': [
    'MWB0105 VirtualService default/orders spec.http[0].match[0].uri.regex',
    'MWB0105 VirtualService default/orders spec.http[1].match[0].uri.regex',
    'MWB0105 VirtualService default/orders spec.http[2].match[0].uri.regex',
  ],
  '06-pseudo-header-uri': [
    'IST0106 VirtualService default/files spec.http[0].match[0].withoutHeaders.:uri',
    'IST0106 VirtualService default/files spec.http[1].match[0].headers.:uri',
  ],
  '08-gwapi-coalesced-connection': ['MWB0108 Gateway web/public spec.listeners[1]'],
  '10-strict-and-disable': ['MWB0110 DestinationRule bank/ledger spec.trafficPolicy.tls.mode'],
  '13-authz-http-fields-on-tcp': ['IST0133 AuthorizationPolicy data/no-deletes spec.rules[0]'],
  '14-authz-service-port': ['MWB0114 AuthorizationPolicy shop/orders spec.rules[0].to[0].operation.ports'],
  '15-tcp-serviceentry-on-80': ['IST0134 ServiceEntry default/feed spec.ports[0].protocol'],
  // Its third rule does lead nowhere; the two hosts that a Sidecar brings along are no problem.
  '16-sidecar-shows-only-the-rule': [
    'IST0101 VirtualService routes/geo-front spec.http[2].route[0].destination.host',
  ],
  '22-gwapi-cross-namespace': [
    'MWB0122 HTTPRoute billing/from-billing spec.parentRefs[0]',
    'MWB0122 HTTPRoute shop/from-shop spec.rules',
  ],
  '25-linkerd-profile-beats-route': ['MWB0125 HTTPRoute shop/cart-canary spec.parentRefs[0]'],
  '26-linkerd-probe-after-route': ['MWB0126 HTTPRoute books/authors-list spec.rules'],
  '31-two-rules-one-host': ['IST0109 VirtualService shop/a-special spec.hosts[0]'],
  '33-gateway-in-another-namespace': [
    'IST0101 VirtualService shop/short-gateway-name spec.gateways[0]',
    'IST0132 VirtualService tools/other-namespace spec.gateways[0]',
  ],
  '56-ztunnel-http-rule': ['MWB0156 AuthorizationPolicy amb/list-only spec.rules[0]'],
}

describe('the checks of the cases from the field', () => {
  test.each(readdirSync(join(root, 'routing')))('%s', async folder => {
    const { findings } = checkObjects(await readObjects(join(root, 'routing', folder, 'manifests.yaml')))
    const told = findings.filter(({ severity }) => severity !== 'info').map(short)
    expect(told.toSorted()).toEqual((EXPECTED[folder] ?? []).toSorted())
  })

  test.each(['34-deny-unless-token', '34b-same-at-a-workload'])(
    '%s: what Envoy normalizes is said',
    async folder => {
      const { findings } = checkObjects(await readObjects(join(root, 'routing', folder, 'manifests.yaml')))
      expect(findings.map(({ code }) => code)).toEqual(['MWB0134'])
    },
  )
})

describe('a draft over the playground', () => {
  const paste = async (name: string): Promise<readonly string[]> => {
    const text = readFileSync(join(root, 'window', name), 'utf8')
    const objects = overlayText(await readObjects(playground), text, 'default')
    return checkObjects(objects, {}, true).findings.map(short)
  }

  test('the playground itself is silent', async () => {
    expect(checkObjects(await readObjects(playground), {}, true).findings.map(short)).toEqual([])
  })

  test('a second VirtualService of a host is told that it loses', async () => {
    expect(await paste('second-virtualservice.yaml')).toEqual([
      'IST0101 VirtualService default/bad spec.http[0].route[0].destination.host',
      'IST0109 VirtualService default/bad spec.hosts[0]',
    ])
  })

  test('missing hosts, a missing subset and a policy that refuses everybody are told', async () => {
    const found = await paste('broken-and-long.yaml')
    const route = 'VirtualService shop/checkout-payments-orchestration-service-canary-rollout-2026-q4'
    expect(found).toContain(`IST0101 ${route} spec.http[0].route[0].destination.host`)
    expect(found).toContain(`IST0101 ${route} spec.http[1].route[0].destination.host`)
    expect(found).toContain(`IST0101 ${route} spec.http[0].route[2].destination.subset`)
    expect(found).toContain(
      'KIA0106 AuthorizationPolicy default/myapp-viewer spec.rules[0].from[0].source.principals',
    )
    expect(found).toContain(`IST0130 ${route} spec.http[2]`)
  })

  test.each(['27', '28', '30', '37'])('case %s, which other tools warn about, stays silent', async number => {
    const folder = readdirSync(join(root, 'routing')).find(name => name.startsWith(`${number}-`)) ?? ''
    const text = readFileSync(join(root, 'routing', folder, 'manifests.yaml'), 'utf8')
    const objects = overlayText(await readObjects(playground), text, 'default')
    expect(checkObjects(objects, {}, true).findings.map(short)).toEqual([])
  })
})

test('what was checked is counted by kind', async () => {
  const { checked } = checkObjects(
    await readObjects(join(root, 'routing', '33-gateway-in-another-namespace')),
  )
  expect(checked).toEqual([
    { kind: 'VirtualService', count: 4 },
    { kind: 'Gateway', count: 1 },
  ])
})
