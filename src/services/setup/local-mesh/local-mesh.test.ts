import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../../domain/problem.ts'
import { prepareLocalMesh, DEFAULT_LOCAL_MESH } from '../../../domain/setup/local-mesh/prepare-local-mesh.ts'
import { localMesh } from '../../../shared/contract/setup/local-mesh.ts'
import type { KubernetesClient } from '../../clusters/kubernetes-client.ts'
import { findIngress } from '../demo-app/find-ingress.ts'
import { writeIstioOptions } from './istio-options.ts'

const usual = prepareLocalMesh(DEFAULT_LOCAL_MESH)
const fail = (): never => {
  throw new Error('not asked')
}
const clientOf = (answers: Readonly<Record<string, unknown>>): KubernetesClient => ({
  request: fail,
  readLines: fail,
  readJson: ({ path }) => Promise.resolve(answers[path] ?? { items: [] }),
})

describe('input of the task', () => {
  it.each([
    usual,
    prepareLocalMesh({ ...DEFAULT_LOCAL_MESH, provider: 'minikube', mesh: 'linkerd' }),
    prepareLocalMesh({ ...DEFAULT_LOCAL_MESH, provider: 'existing', context: 'a b/ü', gatewayApiFile: '/f' }),
  ])('survives the disk: $target.kind', input => {
    expect(localMesh.readInput(JSON.parse(JSON.stringify(input)))).toEqual(input)
  })
  it.each<[string, object]>([
    ['nothing', { target: null }],
    ['another mesh', { mesh: 'consul' }],
    ['no profile', { profile: 'empty' }],
    ['a version that leaves its folder', { gatewayApi: '1.5.1/../../x' }],
    ['a version that is an address', { gatewayApi: 'https://x' }],
    ['no time', { readyWithin: 0 }],
    ['no context', { target: { kind: 'existing', context: '' } }],
    [
      'another provider',
      { target: { kind: 'docker', name: 'x', config: 'x', ports: { http: 80, https: 443 } } },
    ],
    ['a name that is an option', { target: { ...usual.target, name: '--config=x' } }],
    ['a port that is none', { target: { ...usual.target, ports: { http: 0, https: 443 } } }],
    ['a port that is text', { target: { ...usual.target, ports: { http: '80', https: 443 } } }],
  ])('is rejected: %s', (_, change) => {
    expect(() => localMesh.readInput({ ...usual, ...change })).toThrow(ProblemError)
  })
})

it.each([
  ['kind', usual.target, 'NodePort', '30080'],
  ['an existing cluster', { kind: 'existing', context: 'x' } as const, 'LoadBalancer', undefined],
])('Istio’s ingress on %s', (_, target, type, nodePort) => {
  const options = writeIstioOptions({ profile: 'demo', target })
  expect(options).toContain(`"type":"${type}"`)
  if (nodePort === undefined) expect(options).not.toContain('nodePort')
  else expect(options).toContain(`"nodePort":${nodePort}`)
})

const gateway = (type: string, status: object = {}, nodePort?: number): object => ({
  metadata: { name: 'gate', namespace: 'istio-system' },
  spec: { type, ports: [{ port: 443 }, { port: 80, ...(nodePort === undefined ? {} : { nodePort }) }] },
  status,
})
const balanced = (ingress: object): object =>
  gateway('LoadBalancer', { loadBalancer: { ingress: [ingress] } })
const node = (type: string): object => ({
  metadata: { name: 'n' },
  status: { addresses: [{ type, address: '198.51.100.7' }] },
})

it.each<[string, readonly object[], readonly object[], object | undefined]>([
  ['no gateway', [], [], undefined],
  [
    'one without port 80',
    [{ metadata: { name: 'x', namespace: 'y' }, spec: { ports: [{ port: 443 }] } }],
    [],
    undefined,
  ],
  ['a load balancer with a name', [balanced({ hostname: 'lb.example' })], [], { url: 'http://lb.example/' }],
  ['one with an address', [balanced({ ip: '192.0.2.1' })], [], { url: 'http://192.0.2.1/' }],
  ['one with an IPv6 address', [balanced({ ip: '2001:db8::1' })], [], { url: 'http://[2001:db8::1]/' }],
  ['one that is pending', [gateway('LoadBalancer', {}, 31_000)], [node('ExternalIP')], {}],
  [
    'a node port from outside',
    [gateway('NodePort', {}, 31_000)],
    [node('ExternalIP')],
    { url: 'http://198.51.100.7:31000/' },
  ],
  ['a node port inside', [gateway('NodePort', {}, 31_000)], [node('InternalIP')], {}],
])('the way in by %s', async (_, services, nodes, expected) => {
  const client = clientOf({ '/api/v1/services': { items: services }, '/api/v1/nodes': { items: nodes } })
  await expect(findIngress(client, new AbortController().signal)).resolves.toEqual(
    expected && { name: 'gate', namespace: 'istio-system', ...expected },
  )
})
