import { describe, expect, test } from 'vitest'
import { parse, service, to, virtualService } from '../../../../test/fixtures/routing.ts'
import { buildMesh } from '../../istio/mesh.ts'
import { decideRequest } from '../decide-request.ts'
import type { Caller, RoutingRequest } from '../request.ts'

const web: Caller = { kind: 'workload', namespace: 'default', labels: { app: 'web' } }
const gateway: Caller = { kind: 'gateway', namespace: 'istio-system', labels: { istio: 'edge' } }

const ask = (from: Caller, host: string, port = 80): RoutingRequest => ({
  from,
  scheme: 'http',
  method: 'GET',
  host,
  port,
  path: '/',
  headers: {},
  tls: 'none',
})

const object = (kind: string, name: string, namespace: string, spec: string): string => `---
apiVersion: networking.istio.io/v1
kind: ${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
`
const route = `http: [{${to('api')}}]`
const toSubset = (subset: string): string => `route: [{destination: {host: api, subset: ${subset}}}]`
const edge = (hosts: string, selector = '{istio: edge}', name = 'edge'): string =>
  object(
    'Gateway',
    name,
    'istio-system',
    `{selector: ${selector}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [${hosts}]}]}`,
  )

describe('what does not count for a request is named with the field that is the cause', () => {
  test.each<[string, string, RoutingRequest, [name: string, field: string]]>([
    [
      'not exported',
      service('api') + virtualService('a', `{hosts: [api], exportTo: ["~"], ${route}}`),
      ask(web, 'api'),
      ['a', 'spec.exportTo'],
    ],
    [
      'for a gateway',
      service('api') + virtualService('a', `{hosts: [api], gateways: [g], ${route}}`),
      ask(web, 'api'),
      ['a', 'spec.gateways'],
    ],
    [
      'hidden by a Sidecar',
      service('api') +
        virtualService('a', `{hosts: [api], ${route}}`) +
        object('Sidecar', 's', 'default', '{egress: [{hosts: ["other/*"]}]}'),
      ask(web, 'api'),
      ['a', 'spec.egress'],
    ],
    [
      'a host that is no service on another port',
      service('api') + virtualService('a', `{hosts: [x.example.org], ${route}}`),
      ask(web, 'x.example.org', 8080),
      ['a', 'spec.hosts[0]'],
    ],
    [
      'rules for other callers',
      service('api') +
        virtualService('a', `{hosts: [api], http: [{match: [{sourceLabels: {app: cart}}], ${to('api')}}]}`),
      ask(web, 'api'),
      ['a', 'spec.http'],
    ],
    [
      'tcp rules only',
      service('api') + virtualService('a', `{hosts: [api], tcp: [{${to('api')}}]}`),
      ask(web, 'api'),
      ['a', 'spec.http'],
    ],
    [
      'a short name in another namespace',
      object('VirtualService', 'a', 'shop', `{hosts: [api], ${route}}`),
      ask(web, 'api'),
      ['a', 'spec.hosts[0]'],
    ],
    ['a port that the service does not have', service('api'), ask(web, 'api', 81), ['api', 'spec.ports']],
    [
      'a subset that no DestinationRule defines',
      service('api') +
        virtualService('a', `{hosts: [api], http: [{${toSubset('v9')}}]}`) +
        object('DestinationRule', 'd', 'default', '{host: api, subsets: [{name: v1}]}'),
      ask(web, 'api'),
      ['d', 'spec.subsets'],
    ],
    [
      'a DestinationRule in a namespace that is not looked up',
      service('api') +
        virtualService('a', `{hosts: [api], http: [{${toSubset('v1')}}]}`) +
        object(
          'DestinationRule',
          'd',
          'other',
          '{host: api.default.svc.cluster.local, subsets: [{name: v1}]}',
        ),
      ask(web, 'api'),
      ['d', 'metadata.namespace'],
    ],
    [
      'a DestinationRule that is not exported',
      service('api') +
        virtualService('a', `{hosts: [api], http: [{${toSubset('v1')}}]}`) +
        object(
          'DestinationRule',
          'd',
          'istio-system',
          '{host: api.default.svc.cluster.local, exportTo: ["."], subsets: [{name: v1}]}',
        ),
      ask(web, 'api'),
      ['d', 'spec.exportTo'],
    ],
    [
      'a destination without that port',
      service('api') +
        virtualService(
          'a',
          `{hosts: [api], http: [{route: [{destination: {host: api, port: {number: 81}}}]}]}`,
        ),
      ask(web, 'api'),
      ['api', 'spec.ports'],
    ],
    [
      'a selector that does not select the proxy',
      edge('"*"', '{istio: other}'),
      ask(gateway, 'a.org'),
      ['edge', 'spec.selector'],
    ],
    ['no server on the port', edge('"*"'), ask(gateway, 'a.org', 81), ['edge', 'spec.servers']],
    ['hosts of the server', edge('b.org'), ask(gateway, 'a.org'), ['edge', 'spec.servers[0].hosts']],
    [
      'a rule for the mesh alone',
      edge('"*"') + virtualService('a', `{hosts: [a.org], ${route}}`),
      ask(gateway, 'a.org'),
      ['a', 'spec.gateways'],
    ],
    [
      'a delegate that is not there',
      edge('"*"') +
        virtualService(
          'a',
          '{hosts: [a.org], gateways: [istio-system/edge], http: [{delegate: {name: gone}}, {redirect: {uri: /}}]}',
        ),
      ask(gateway, 'a.org'),
      ['gone', 'spec.http[0].delegate'],
    ],
  ])('%s', (_name, text, request, expected) => {
    const { considered } = decideRequest(buildMesh(parse(text)), request)
    expect(considered.map(({ route: { name }, field }) => [name, field])).toContainEqual(expected)
  })

  test('what has nothing to do with the request is not named', () => {
    const text =
      service('api') + service('cart') + virtualService('a', `{hosts: [cart], exportTo: ["~"], ${route}}`)
    expect(decideRequest(buildMesh(parse(text)), ask(web, 'api')).considered).toEqual([])
  })
})
