import type { KubernetesObject, ResourceId } from '../domain/resources/kubernetes-object.ts'
import { resourceIdOf } from '../domain/resources/kubernetes-object.ts'
import type { MeshOptions } from '../domain/mesh/mesh.ts'
import { ProblemError } from '../domain/problem.ts'
import { findRefusals, type Refusal } from '../domain/routing/refusals.ts'
import type { SimulatedMesh } from '../domain/simulation/simulated-mesh.ts'
import { simulateMesh } from '../domain/simulation/simulated-mesh.ts'
import { findTypeErrors } from './find-type-errors.ts'
import type { Manifests } from './read-manifests.ts'
import { placeOf } from './read-manifests.ts'

/** An object that Istio's validation would refuse, so that a cluster would never have it. */
export interface RefusedObject extends ResourceId {
  readonly file: string
  readonly line: number
  /** The field. */
  readonly path: string
  readonly message: string
}

export interface SimulatedFiles {
  readonly simulated: SimulatedMesh
  readonly refused: readonly RefusedObject[]
  /** One sentence each, for standard error; those about refused objects included. */
  readonly notes: readonly string[]
}

/** The mesh that some manifests make on a cluster: without what Istio refuses. */
export function simulateFiles(
  { objects, notes }: Manifests,
  namespace: string,
  options: MeshOptions = {},
): SimulatedFiles {
  const places = new Map(objects.map(located => [located.object, located]))
  const refusals = [
    ...objects.flatMap(({ object, wrongName }) => refuseTypes(object, wrongName)),
    ...findRefusals([...places.keys()]),
  ]
  const left = new Set(refusals.map(({ object }) => object))
  const refused = refusals.map(({ object, path, message }): RefusedObject => {
    const { file = '', line = 1 } = places.get(object) ?? {}
    return { ...resourceIdOf(object), file, line, path, message }
  })
  const simulated = simulateMesh(
    [...places.keys()].filter(object => !left.has(object)),
    namespace,
    options,
  )
  requireSettings(simulated)
  return {
    simulated,
    refused,
    notes: [...notes, ...refused.map(describeRefused)],
  }
}

/** Settings of the mesh that are there and cannot be read must not be answered for by defaults. */
function requireSettings({ mesh: { settings } }: SimulatedMesh): void {
  const [problem] = settings.problems
  if (problem !== undefined) throw new ProblemError({ code: 'bad-input', message: problem })
}

function refuseTypes(object: KubernetesObject, wrongName: string | undefined): readonly Refusal[] {
  if (wrongName !== undefined)
    return [{ object, path: 'metadata.name', message: `must be a text, not ${wrongName}: put it in quotes` }]
  return findTypeErrors(object).map(error => ({ object, ...error }))
}

/** `k8s/shop.yaml:7: VirtualService default/shop is refused by Istio and left out: spec.hosts: …`. */
const describeRefused = (refused: RefusedObject): string =>
  `${placeOf(refused)}: ${refused.kind} ${refused.namespace ?? ''}/${refused.name} is refused by Istio and left out: ${refused.path}: ${refused.message}`
