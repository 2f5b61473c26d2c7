import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import { reportRoutes } from './route-status.ts'

const parse = (text: string): KubernetesObject[] =>
  parseAllDocuments(text).map(document => document.toJS() as KubernetesObject)

const world = `
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80, name: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: far, namespace: other}, spec: {ports: [{port: 80, name: http}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: edge, namespace: shop},
 spec: {gatewayClassName: istio, listeners: [
  {name: any, port: 80, protocol: HTTP, hostname: '*.a.com'},
  {name: grpc, port: 8080, protocol: HTTP, hostname: g.com, allowedRoutes: {kinds: [{kind: GRPCRoute}]}}]}}`

const route = (parent: string, backend: string, hostname = 'x.a.com', namespace = 'shop'): string => `
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: ${namespace}},
 spec: {parentRefs: [${parent}], hostnames: [${hostname}], rules: [{backendRefs: [${backend}]}]}}`

// Source of each row: https://gateway-api.sigs.k8s.io/reference/spec/#routeconditionreason
const rows: [name: string, object: string, accepted: string, resolved: string][] = [
  ['all is well', route('{name: edge}', '{name: web, port: 80}'), 'Accepted', 'ResolvedRefs'],
  [
    'no listener of the section',
    route('{name: edge, sectionName: none}', '{name: web, port: 80}'),
    'NoMatchingParent',
    'ResolvedRefs',
  ],
  [
    'no listener of the port',
    route('{name: edge, port: 81}', '{name: web, port: 80}'),
    'NoMatchingParent',
    'ResolvedRefs',
  ],
  [
    'no listener of the name',
    route('{name: edge}', '{name: web, port: 80}', 'b.org'),
    'NoMatchingListenerHostname',
    'ResolvedRefs',
  ],
  [
    'another namespace',
    route('{name: edge, namespace: shop}', '{name: far, port: 80}', 'x.a.com', 'other'),
    'NotAllowedByListeners',
    'ResolvedRefs',
  ],
  [
    'another kind',
    route('{name: edge, sectionName: grpc}', '{name: web, port: 80}', 'g.com'),
    'NotAllowedByListeners',
    'ResolvedRefs',
  ],
  ['no such Service', route('{name: edge}', '{name: none, port: 80}'), 'Accepted', 'BackendNotFound'],
  [
    'no grant',
    route('{name: edge}', '{name: far, namespace: other, port: 80}'),
    'Accepted',
    'RefNotPermitted',
  ],
  [
    'a kind that is no backend',
    route('{name: edge}', '{group: a.b, kind: C, name: web, port: 80}'),
    'Accepted',
    'InvalidKind',
  ],
  [
    'a Service as parent',
    route('{group: "", kind: Service, name: web}', '{name: web, port: 80}'),
    'Accepted',
    'ResolvedRefs',
  ],
  [
    'a Service that is not there',
    route('{group: "", kind: Service, name: no}', '{name: web, port: 80}'),
    'NoMatchingParent',
    'ResolvedRefs',
  ],
]

test.each(rows)('%s', (_name, object, accepted, resolved) => {
  const [status] = reportRoutes(parse(`${world}\n---\n${object}`))
  expect(status?.parents[0]?.conditions.map(({ reason }) => reason)).toEqual([accepted, resolved])
})
