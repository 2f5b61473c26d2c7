import { describe, expect, test } from 'vitest'
import { buildMesh } from '../istio/mesh.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { routeOfSpan } from './route-of-span.ts'
import type { Span } from './trace.ts'

const objects: KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'myapp', namespace: 'default' },
    spec: { ports: [{ name: 'http', port: 80 }], selector: { app: 'myapp' } },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'myapp', namespace: 'default' },
    spec: {
      host: 'myapp',
      subsets: [
        { name: 'v1', labels: { version: 'v1' } },
        { name: 'v2', labels: { version: 'v2' } },
      ],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'myapp', namespace: 'default' },
    spec: {
      hosts: ['myapp'],
      http: [
        {
          match: [{ headers: { 'user-type': { exact: 'beta' } } }],
          route: [{ destination: { host: 'myapp', subset: 'v2' } }],
        },
        {
          route: [
            { destination: { host: 'myapp', subset: 'v1' }, weight: 90 },
            { destination: { host: 'myapp', subset: 'v2' }, weight: 10 },
          ],
        },
      ],
    },
  },
]

const spanTo = (subset: string, tags: Record<string, string> = {}): Span => ({
  id: 's',
  service: 'frontend.default',
  operation: 'myapp.default.svc.cluster.local:80/*',
  start: 0,
  duration: 1,
  processTags: [],
  logs: [],
  tags: Object.entries({
    upstream_cluster: `outbound|80|${subset}|myapp.default.svc.cluster.local`,
    'http.url': 'http://myapp/orders',
    'http.method': 'GET',
    node_id: 'sidecar~10.0.0.1~frontend-1.default~default.svc.cluster.local',
    ...tags,
  }).map(([key, value]) => ({ key, value })),
})

describe('the rule that chose a route', () => {
  test.each([
    ['only one rule leads to v1', spanTo('v1'), [[1, true]]],
    ['a recorded header decides for the first rule', spanTo('v2', { 'user-type': 'beta' }), [[0, true]]],
    ['a recorded header decides against the first rule', spanTo('v2', { 'user-type': 'alpha' }), [[1, true]]],
    [
      'without the header both rules lead to v2',
      spanTo('v2'),
      [
        [0, false],
        [1, false],
      ],
    ],
  ])('%s', (_name, span, expected) => {
    const rules = routeOfSpan(buildMesh(objects), span)?.rules ?? []
    expect(rules.map(({ route, isCertain }) => [route.rule, isCertain])).toEqual(expected)
  })

  test('a span that a proxy received has none', () => {
    const inbound = spanTo('v1', { upstream_cluster: 'inbound|8080||' })
    expect(
      routeOfSpan(buildMesh(objects), {
        ...inbound,
        tags: inbound.tags.filter(({ value }) => !value.startsWith('outbound')),
      }),
    ).toBeUndefined()
  })
})
