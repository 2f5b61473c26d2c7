import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { simulateMesh } from '../simulation/simulated-mesh.ts'
import type { Trace } from '../traces/trace.ts'
import type { TrafficSnapshot } from '../traffic/traffic-snapshot.ts'
import { findRuleRates } from './rule-rates.ts'

const mesh = simulateMesh(
  parseAllDocuments(`
{apiVersion: v1, kind: Service, metadata: {name: myapp, namespace: default}, spec: {selector: {app: myapp}, ports: [{name: http, port: 80}]}}
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: myapp, namespace: default}, spec: {host: myapp, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: myapp, namespace: default}, spec: {hosts: [myapp], http: [{match: [{headers: {user-type: {exact: beta}}}], route: [{destination: {host: myapp, subset: v2}}]}, {route: [{destination: {host: myapp, subset: v1}, weight: 90}, {destination: {host: myapp, subset: v2}, weight: 10}]}]}}
`).map(document => document.toJS() as KubernetesObject),
)
const V1 = 'outbound|80|v1|myapp.default.svc.cluster.local'
const V2 = 'outbound|80|v2|myapp.default.svc.cluster.local'

const traceTo = (cluster: string, tags: Record<string, string> = {}): Trace => ({
  id: 't',
  spans: [
    {
      id: 'a',
      service: 'frontend.default',
      operation: 'x',
      start: 0,
      duration: 1,
      processTags: [],
      logs: [],
      tags: Object.entries({
        node_id: 'sidecar~10.0.0.1~frontend-1.default~default.svc.cluster.local',
        'istio.canonical_service': 'frontend',
        'istio.namespace': 'default',
        'span.kind': 'client',
        'http.url': 'http://myapp/',
        'http.method': 'GET',
        'upstream_cluster.name': cluster,
        ...tags,
      }).map(([key, value]) => ({ key, value })),
    },
  ],
})
const times = (count: number, trace: Trace): readonly Trace[] => Array.from({ length: count }, () => trace)

const figures = { errorShare: 0, deniedShare: 0, p50: null, p95: null, p99: null }
/** 100 requests a second: 10 of beta users, and of the others 81 to v1 and 9 to v2. */
const traffic: TrafficSnapshot = {
  at: 0,
  nodes: [],
  edges: [
    {
      id: 'default/frontend>default/myapp',
      source: 'default/frontend',
      target: 'default/myapp',
      protocol: 'http',
      requests: { ...figures, rate: 100 },
      versions: [
        { ...figures, version: 'v1', share: 0.81, rate: 81 },
        { ...figures, version: 'v2', share: 0.19, rate: 19 },
      ],
      codes: [],
      mutualTls: 'all',
    },
  ],
}
const rule = (index: number) =>
  ({ kind: 'VirtualService', namespace: 'default', name: 'myapp', rule: index }) as const

describe('the rate of a rule’s destination', () => {
  test('is that of the rule, not of the service: beta users are not counted among the others', () => {
    const traces = [...times(10, traceTo(V2, { 'user-type': 'beta' })), ...times(9, traceTo(V2))]
    const rates = findRuleRates(mesh, traces, traffic)
    expect(rates.of(rule(1), V1)).toEqual({ rate: 81 })
    expect(rates.of(rule(1), V2)).toEqual({ rate: expect.closeTo(9) as number })
    expect(rates.of(rule(0), V2)).toEqual({ rate: expect.closeTo(10) as number })
  })

  test.each([
    ['without traces', [], 'too-few-traces'],
    ['with few traces', times(3, traceTo(V2, { 'user-type': 'beta' })), 'too-few-traces'],
    ['where no span records the header', times(40, traceTo(V2)), 'hidden-headers'],
  ])('%s is not guessed where two rules lead to it', (_name, traces, missing) => {
    const rates = findRuleRates(mesh, traces, traffic)
    expect(rates.of(rule(1), V2)).toEqual({ missing })
    expect(rates.of(rule(1), V1)).toEqual({ rate: 81 })
  })
})
