import { describe, expect, test } from 'vitest'
import { parse } from '../../../test/fixtures/routing.ts'
import { checkObjects } from './index.ts'

const namespace = (labels: string): string => `---
{apiVersion: v1, kind: Namespace, metadata: {name: amb, labels: {istio.io/dataplane-mode: ambient${labels}}}}
`
const service = (labels = ''): string => `---
{apiVersion: v1, kind: Service, metadata: {name: books, namespace: amb, labels: {${labels}}}, spec: {clusterIP: 10.6.0.3, selector: {app: books}, ports: [{name: http, port: 80}]}}
`
const waypoint = (labels = ''): string => `---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: amb, labels: {${labels}}}, spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}}
`
const policy = (kind: string, name: string, owner = 'amb'): string => `---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: ${owner}}, spec: {targetRefs: [{group: "", kind: ${kind}, name: ${name}}], rules: [{}]}}
`
const USES = ', istio.io/use-waypoint: wp'
const ingress = (spec: string): string => `---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: in, namespace: amb}, spec: {${spec}}}
`
const istioClass = `---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: istio}, spec: {controller: istio.io/ingress-controller}}
`
const pathTo = (name: string, port: string): string =>
  `rules: [{host: a.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ${name}, port: ${port}}}}]}}]`

const found = (text: string): string[] =>
  checkObjects(parse(text))
    .findings.filter(({ code }) => /^MWB01(57|58|60)$/.test(code))
    .map(({ code, object, path }) => `${code} ${object.kind} ${path}`)

describe('waypoints that nothing passes', () => {
  test.each<[string, string, string[]]>([
    ['one that is used', namespace(USES) + service() + waypoint() + policy('Service', 'books'), []],
    [
      'one that is not there',
      namespace(USES) + service(),
      ['MWB0157 Namespace metadata.labels["istio.io/use-waypoint"]'],
    ],
    [
      'one for other traffic',
      namespace('') + service('istio.io/use-waypoint: wp') + waypoint('istio.io/waypoint-for: workload'),
      ['MWB0157 Service metadata.labels["istio.io/use-waypoint"]'],
    ],
    [
      'a policy of a Service without one',
      namespace('') + service() + policy('Service', 'books'),
      ['MWB0158 AuthorizationPolicy spec.targetRefs[0]'],
    ],
    [
      'a policy of a Service that there is not',
      namespace(USES) + service() + waypoint() + policy('Service', 'gone'),
      ['MWB0158 AuthorizationPolicy spec.targetRefs[0]'],
    ],
    [
      'a policy of a class outside of the root namespace',
      namespace(USES) + service() + waypoint() + policy('GatewayClass', 'istio-waypoint'),
      ['MWB0158 AuthorizationPolicy spec.targetRefs[0]'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(found(text)).toEqual(expected)
  })
})

describe('parts of Ingresses that Istio passes over', () => {
  const world = namespace('') + service() + istioClass
  test.each<[string, string, string[]]>([
    ['none', `ingressClassName: istio, ${pathTo('books', '{number: 80}')}`, []],
    [
      'a default backend',
      `ingressClassName: istio, defaultBackend: {service: {name: books, port: {number: 80}}}`,
      ['MWB0160 Ingress spec.defaultBackend'],
    ],
    [
      'a port that is not there',
      `ingressClassName: istio, ${pathTo('books', '{name: none}')}`,
      ['MWB0160 Ingress spec.rules[0].http.paths[0].backend'],
    ],
    ['an Ingress without a class', pathTo('books', '{number: 80}'), []],
  ])('%s', (_name, spec, expected) => {
    expect(found(world + ingress(spec))).toEqual(expected)
  })
})
