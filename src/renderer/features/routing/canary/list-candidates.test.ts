import { describe, expect, test } from 'vitest'
import { buildMesh } from '../../../../domain/istio/mesh.ts'
import type { KubernetesObject } from '../../../../domain/kubernetes/kubernetes-object.ts'
import { listCandidates, readWeights } from './list-candidates.ts'

const istio = (kind: string, spec: Record<string, unknown>): KubernetesObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: { name: 'myapp', namespace: 'default' },
  spec,
})
const to = (host: string, subset: string | undefined, weight: number) => ({
  destination: { host, ...(subset === undefined ? {} : { subset }) },
  weight,
})
const objects: readonly KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'myapp', namespace: 'default' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  },
  istio('DestinationRule', {
    host: 'myapp',
    subsets: [
      { name: 'old', labels: { version: 'v1' } },
      { name: 'new', labels: { track: 'canary' } },
    ],
  }),
]
const candidatesOf = (...routes: readonly (readonly unknown[])[]) =>
  listCandidates(
    buildMesh([
      ...objects,
      istio('VirtualService', { hosts: ['myapp'], http: routes.map(route => ({ route })) }),
    ]),
  )

describe('what a canary can be made of', () => {
  test('is a rule with two subsets of one service; the heavier one is the stable one', () => {
    expect(candidatesOf([to('myapp', 'new', 100)], [to('myapp', 'new', 10), to('myapp', 'old', 90)])).toEqual(
      [
        {
          id: 'default/myapp/1',
          label: 'default/myapp, rule 2',
          apiVersion: 'networking.istio.io/v1',
          namespace: 'default',
          name: 'myapp',
          rule: 1,
          service: 'default/myapp',
          versions: [
            { subset: 'old', version: 'v1', weight: 90 },
            { subset: 'new', version: 'new', weight: 10 },
          ],
        },
      ],
    )
  })

  test.each([
    ['one destination', [to('myapp', 'old', 100)]],
    ['three destinations', [to('myapp', 'old', 80), to('myapp', 'new', 10), to('myapp', 'new', 10)]],
    ['two services', [to('myapp', 'old', 90), to('other', 'new', 10)]],
    ['a destination without a subset', [to('myapp', undefined, 90), to('myapp', 'new', 10)]],
    ['a host outside of the cluster', [to('a.example.com', 'old', 90), to('a.example.com', 'new', 10)]],
  ])('is not a rule with %s', (_, route) => {
    expect(candidatesOf(route)).toEqual([])
  })
})

describe('the steps as written', () => {
  test.each([
    ['10, 25, 50, 100', [10, 25, 50, 100]],
    ['5 50', [5, 50]],
    ['100', [100]],
  ])('%s', (text, weights) => {
    expect(readWeights(text)).toEqual(weights)
  })
  test.each(['', '50, 10', '10, 10', '0, 10', '10, 120', 'ten', '1.5, 3', '-5'])('%j is none', text => {
    expect(readWeights(text)).toContain('Write shares that grow')
  })
})
