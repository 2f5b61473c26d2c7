import { buildMesh } from '../../src/domain/istio/mesh.ts'
import { validateObjects } from '../../src/domain/istio/validation/validate-objects.ts'
import { askOracle } from './ask-oracle.ts'
import type { Answer } from './ask-oracle.ts'
import { compare } from './compare.ts'
import { parseObjects } from './configuration.ts'
import type { Configuration } from './configuration.ts'

/** A request on which the product and the real programs differ. */
export interface Disagreement {
  readonly configuration: Configuration
  /** Absent where they differ about whether an object is refused. */
  readonly request?: number
  readonly differences: readonly string[]
  readonly answer?: Answer
}

/** Every disagreement about the configurations. */
export function checkConfigurations(
  oracle: string,
  configurations: readonly Configuration[],
): Disagreement[] {
  return askOracle(oracle, configurations).flatMap((answers, index) => {
    const configuration = configurations[index]
    return configuration === undefined ? [] : checkConfiguration(configuration, answers)
  })
}

function checkConfiguration(configuration: Configuration, answers: readonly Answer[]): Disagreement[] {
  const objects = parseObjects(configuration.text)
  const errors = validateObjects(objects)
  const theirs = answers.find(
    ({ error }) => error !== undefined && !error.startsWith('no route configuration'),
  )
  if (theirs !== undefined || errors.length > 0) {
    if (theirs !== undefined && errors.length > 0) return []
    const ours = errors.map(
      ({ object, path, message }) => `${object.kind} ${object.metadata.name} ${path}: ${message}`,
    )
    return [
      {
        configuration,
        differences: [`refused: ours ${JSON.stringify(ours)}, theirs ${theirs?.error ?? 'no'}`],
      },
    ]
  }
  const mesh = buildMesh(objects, configuration.options)
  return configuration.requests.flatMap(({ request }, index) => {
    const answer = answers[index]
    const differences = answer === undefined ? ['no answer'] : compare(mesh, request, answer)
    return differences.length === 0
      ? []
      : [{ configuration, request: index, differences, ...(answer === undefined ? {} : { answer }) }]
  })
}
