import { describeFindings } from './describe-findings.ts'
import type { FileProblem } from './file-problem.ts'
import { problemOfFiles } from './file-problem.ts'
import type { ResourceId } from '../domain/kubernetes/kubernetes-object.ts'
import { resourceIdOf } from '../domain/kubernetes/kubernetes-object.ts'
import type { MeshOptions } from '../domain/istio/mesh.ts'
import { ProblemError } from '../domain/problem.ts'
import { validateObjects } from '../domain/istio/validation/validate-objects.ts'
import type { SimulatedMesh } from '../domain/simulation/simulated-mesh.ts'
import { simulateMesh } from '../domain/simulation/simulated-mesh.ts'
import type { FileObject, Manifests } from './read-manifests.ts'
import { placeOf } from './read-manifests.ts'
import { validateObject } from './validate-object.ts'

/** An object that Istio's webhook would refuse, so that a cluster would never have it. */
export interface RefusedObject extends ResourceId, FileProblem {
  /** The field. */
  readonly path: string
}

export interface SimulatedFiles {
  readonly simulated: SimulatedMesh
  /** These are not in the mesh: whoever answers by it says so, and ends with exit code 2. */
  readonly refused: readonly RefusedObject[]
  /** One sentence each, for standard error. */
  readonly notes: readonly string[]
  /** What the checks say of the objects that are in the mesh, one line each, for standard error. */
  readonly findings: readonly string[]
}

/**
 * The mesh that some manifests make on a cluster, without what Istio's webhook would refuse. Throws where the API server
 * itself would refuse an object: what it is meant to be is not known then.
 */
export function simulateFiles(
  { objects, notes }: Manifests,
  namespace: string,
  options: MeshOptions = {},
): SimulatedFiles {
  const validated = objects.map(located => ({ located, ...validateObject(located.object) }))
  const problems = validated.flatMap(({ located, errors }) =>
    errors.map(error => describe(located, error.path, error.message)),
  )
  if (problems.length > 0) throw problemOfFiles(problems)
  const places = new Map(objects.map(located => [located.object, located]))
  const errors = validateObjects([...places.keys()])
  const left = new Set(errors.map(({ object }) => object))
  const simulated = simulateMesh(
    [...places.keys()].filter(object => !left.has(object)),
    namespace,
    options,
  )
  requireSettings(simulated)
  return {
    simulated,
    refused: errors.flatMap(({ object, path, message }): readonly RefusedObject[] => {
      const located = places.get(object)
      return located === undefined
        ? []
        : [{ ...resourceIdOf(object), path, ...describe(located, path, message) }]
    }),
    notes: [
      ...notes,
      ...validated.flatMap(({ located, flaws, unknownFields }) => [
        ...flaws.map(({ path, message }) => {
          const { file, line, message: said } = describe(located, path, message)
          return `${placeOf({ file, line })}: ${said}`
        }),
        ...unknownFields.map(
          field =>
            `${placeOf({ file: located.file, line: located.locate(field).line })}: ${titleOf(located)} has no field ${field}: it changes nothing`,
        ),
      ]),
    ],
    findings: describeFindings(places, simulated.objects, options),
  }
}

/** Settings of the mesh that are there and cannot be read must not be answered for by defaults. */
function requireSettings({ mesh: { settings } }: SimulatedMesh): void {
  const [problem] = settings.problems
  if (problem !== undefined) throw new ProblemError({ code: 'bad-input', message: problem })
}

const titleOf = ({ object: { kind, metadata } }: FileObject): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`

/** `k8s/shop.yaml:7:3: VirtualService default/shop would be rejected: spec.hosts: …`. */
function describe(located: FileObject, path: string, message: string): FileProblem {
  return {
    file: located.file,
    ...located.locate(path),
    message: `${titleOf(located)} would be rejected: ${path === '' ? '' : `${path}: `}${message}`,
  }
}
