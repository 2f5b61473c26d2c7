import { describe, expect, test } from 'vitest'
import { toProblem } from '../../problem.ts'
import { checkInstallation, requireNoOtherMesh, type IfInstalled } from './check-installation.ts'

const answer = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return toProblem(error).code
  }
}

describe('whether a mesh is installed over what is there', () => {
  test.each<['istio' | 'linkerd', string | undefined, boolean, IfInstalled, string]>([
    // mesh, managed by, begun by us, if installed, answer
    ['istio', undefined, false, 'reject', 'install'],
    ['istio', undefined, true, 'keep', 'install'],
    ['istio', 'istioctl', false, 'reject', 'conflict'],
    ['istio', 'istioctl', false, 'overwrite', 'install'],
    ['istio', 'istioctl', false, 'keep', 'keep'],
    ['istio', 'istioctl', true, 'reject', 'install'],
    ['istio', 'istioctl', true, 'keep', 'install'],
    // Helm's, Argo CD's and an operator's installations are never gone over, whatever the mark says.
    ...[
      'Helm',
      'Argo CD',
      'Flux',
      'manifests',
      'the Sail operator (IstioRevision default)',
      'unknown',
    ].flatMap((managedBy): ['istio', string, boolean, IfInstalled, string][] => [
      ['istio', managedBy, false, 'reject', 'unsupported'],
      ['istio', managedBy, false, 'overwrite', 'unsupported'],
      ['istio', managedBy, true, 'overwrite', 'unsupported'],
      ['istio', managedBy, true, 'reject', 'unsupported'],
      ['istio', managedBy, false, 'keep', 'keep'],
      ['istio', managedBy, true, 'keep', 'keep'],
    ]),
    ['linkerd', undefined, false, 'reject', 'install'],
    ['linkerd', 'linkerd/cli edge-26.9.1', false, 'reject', 'conflict'],
    ['linkerd', 'linkerd/cli edge-26.9.1', true, 'reject', 'install'],
    ['linkerd', 'linkerd/cli edge-26.9.1', false, 'keep', 'keep'],
    ['linkerd', 'linkerd/helm edge-26.9.1', false, 'reject', 'unsupported'],
    ['linkerd', 'linkerd/helm edge-26.9.1', true, 'reject', 'unsupported'],
    ['linkerd', 'Helm', true, 'keep', 'keep'],
  ])('%s by %s, begun %s, %s: %s', (mesh, managedBy, isBegun, ifInstalled, expected) => {
    const existing =
      managedBy === undefined ? undefined : { namespace: 'mesh-system', version: '1.31.0', managedBy }
    expect(answer(() => checkInstallation({ mesh, existing, isBegun, ifInstalled }))).toBe(expected)
  })
})

test.each<['istio' | 'linkerd', readonly ('istio' | 'linkerd')[], string | undefined]>([
  ['istio', [], undefined],
  ['istio', ['istio', 'istio'], undefined],
  ['istio', ['linkerd'], 'conflict'],
  ['istio', ['istio', 'linkerd'], 'conflict'],
  ['linkerd', ['linkerd'], undefined],
  ['linkerd', ['istio'], 'conflict'],
])('%s beside %j: %s', (mesh, meshes, code) => {
  const found = meshes.map(each => ({ mesh: each, namespace: `${each}-system`, managedBy: 'Helm' }))
  expect(answer(() => requireNoOtherMesh(mesh, found))).toBe(code)
})
