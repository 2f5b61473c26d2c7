import { describe, expect, test } from 'vitest'
import { buildMesh } from '../../../domain/istio/mesh.ts'
import { objectsOfText } from '../../../domain/kubernetes/overlay-objects.ts'
import { parseManifest } from '../../../domain/yaml/manifest.ts'
import { formatPath } from '../../../domain/yaml/path.ts'
import {
  listDestinationRuleProblems,
  listModelProblems,
  placeRouteProblems,
  withoutListed,
} from './collect-problems.ts'
import { findRoutedKind } from './object-kinds.ts'
import { readDestinationRuleForm } from './policy-words.ts'

const mesh = buildMesh(
  objectsOfText(
    parseManifest(`
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80}]}
`),
    'default',
  ),
)
const place = { mesh, namespace: 'default', hosts: ['api'] }

describe('warnings of cards reach the list of problems', () => {
  test('of an HTTPRoute, each with its place', () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'web' },
      spec: {
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/api' } }],
            backendRefs: [{ name: 'api', port: 80 }],
          },
          { backendRefs: [{ name: 'nowhere', port: 80 }] },
        ],
      },
    }
    const model = findRoutedKind('gateway.networking.k8s.io', 'HTTPRoute')?.read?.(route, place)
    const found = model === undefined ? [] : listModelProblems(model)
    expect(found.map(({ path, problem }) => [formatPath(path), problem.severity])).toEqual([
      ['spec.rules[1].backendRefs[0]', 'error'],
    ])
    expect(found[0]?.problem.message).toContain('nowhere')
  })

  test('of a DestinationRule', () => {
    const rule = { spec: { host: 'nowhere', subsets: [{ name: 'v1' }, { name: 'v1' }] } }
    const found = listDestinationRuleProblems(place, readDestinationRuleForm(rule))
    expect(found.map(({ path }) => formatPath(path))).toEqual(['spec.host', 'spec.subsets[1]'])
  })

  test('of a VirtualService', () => {
    const problem = { severity: 'error', message: 'x' } as const
    const places = placeRouteProblems([
      { ...problem, rule: -1 },
      { ...problem, rule: 2 },
      { ...problem, rule: 0, destination: 1 },
    ])
    expect(places.map(({ path }) => formatPath(path))).toEqual([
      'spec.hosts',
      'spec.http[2]',
      'spec.http[0].route[1]',
    ])
  })

  test('once, where the checks list the same place', () => {
    const problem = { severity: 'error', message: 'x' } as const
    const found = [1, 10].map(rule => ({ path: ['spec', 'http', rule], problem }))
    const rest = withoutListed(found, ['spec.http[1].route[0].destination.host'])
    expect(rest.map(({ path }) => formatPath(path))).toEqual(['spec.http[10]'])
  })
})
