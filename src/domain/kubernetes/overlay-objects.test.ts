import { describe, expect, test } from 'vitest'
import { buildMesh } from '../istio/mesh.ts'
import { decideRequest } from '../routing/decide-request.ts'
import { objectsAfter } from '../impact/objects-after.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import { resourceIdOf } from './kubernetes-object.ts'
import { overlayObjects } from './overlay-objects.ts'

const service: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'myapp', namespace: 'default' },
  spec: { ports: [{ name: 'http', port: 80 }], selector: { app: 'myapp' } },
}
const rule = (name: string, status: number, createdAt?: string): KubernetesObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: {
    name,
    namespace: 'default',
    ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }),
  },
  spec: { hosts: ['myapp'], http: [{ directResponse: { status } }] },
})
const live = [service, rule('myapp', 201, '2026-02-02T00:00:00Z')]

const statusWith = (objects: readonly KubernetesObject[]): number | undefined =>
  decideRequest(buildMesh(objects), {
    from: { kind: 'workload', namespace: 'default', labels: {} },
    scheme: 'http',
    method: 'GET',
    host: 'myapp',
    port: 80,
    path: '/',
    headers: {},
    tls: 'none',
  }).status

describe('a second VirtualService for a host: the oldest keeps it', () => {
  test.each([
    ['a new object is the youngest', rule('bad', 418), 201],
    ['whatever age its text says', rule('bad', 418, '2020-01-01T00:00:00Z'), 201],
    ['a changed object keeps its age', rule('myapp', 418), 418],
    ['also where its text says another', rule('myapp', 418, '2030-01-01T00:00:00Z'), 418],
  ])('%s', (_name, drafted, expected) => {
    expect(statusWith(overlayObjects(live, [drafted]))).toBe(expected)
    expect(statusWith(objectsAfter(live, [{ id: resourceIdOf(drafted), after: drafted }]))).toBe(expected)
  })

  test('objects of files without an age stay as they are', () => {
    const [one, other] = [rule('a', 201), rule('b', 202)]
    expect(overlayObjects([service, one, other], [rule('a', 203)])[2]?.metadata.creationTimestamp).toBe(
      undefined,
    )
    expect(statusWith([service, other, one])).toBe(201)
  })
})
