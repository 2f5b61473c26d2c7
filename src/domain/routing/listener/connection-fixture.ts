import { parseAllDocuments } from 'yaml'
import type { MeshOptions } from '../../istio/mesh.ts'
import { buildMesh } from '../../istio/mesh.ts'
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.ts'
import type { Decision } from '../decision.ts'
import { decideRequest } from '../decide-request.ts'
import type { RoutingRequest } from '../request.ts'

// What the tables of connections are about: two Services, two hosts outside the mesh.

const object = (group: string, kind: string, name: string, spec: string): string =>
  `{apiVersion: ${group}, kind: ${kind}, metadata: {name: ${name}, namespace: default}, spec: ${spec}}`
/** An Istio object as YAML. */
export const networking = (kind: string, name: string, spec: string): string =>
  object('networking.istio.io/v1', kind, name, spec)
/** A VirtualService as YAML. */
export const route = (spec: string): string => networking('VirtualService', 'route', spec)
const services = [
  object(
    'v1',
    'Service',
    'db',
    '{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ports: [{name: tcp, port: 3306}, {name: tls, port: 443}, {name: web, port: 9000}]}',
  ),
  object(
    'v1',
    'Service',
    'new',
    '{clusterIP: 10.0.0.2, ports: [{name: tcp, port: 3306}, {name: tls, port: 443}]}',
  ),
  networking(
    'ServiceEntry',
    'outside',
    '{hosts: [one.example.com, two.example.com], resolution: DNS, ports: [{number: 443, name: tls, protocol: TLS}]}',
  ),
]

const workload = { kind: 'workload', namespace: 'default', labels: { app: 'web' } } as const
const request = (given: Partial<RoutingRequest>): RoutingRequest => ({
  from: workload,
  scheme: 'http',
  method: 'GET',
  host: 'db',
  port: 3306,
  path: '/',
  headers: {},
  tls: 'none',
  ...given,
})

/** A request to the Services below, with more objects. */
export const decideFor = (
  objects: readonly string[],
  given: Partial<RoutingRequest>,
  options?: MeshOptions,
): Decision =>
  decideRequest(
    buildMesh(
      parseAllDocuments([...services, ...objects].join('\n---\n')).map(
        item => item.toJS() as KubernetesObject,
      ),
      options,
    ),
    request(given),
  )

/** The clusters with their weights, or why there are none. */
export const whereTo = (decision: Decision): string =>
  decision.reason ??
  decision.destinations
    .map(({ cluster, weight }) => (weight === 100 ? cluster : `${cluster} ${String(weight)}`))
    .join(', ')

export const db = 'db.default.svc.cluster.local'
export const fresh = 'new.default.svc.cluster.local'
