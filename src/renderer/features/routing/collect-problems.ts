import { formatPath, type Path } from '../../../domain/yaml/path.ts'
import type { CardProblem, ObjectModel } from './cards/object-model.ts'
import { findHostProblems, findSubsetProblems } from './destination-rule/find-policy-problems.ts'
import type { DestinationRuleModel } from './policy-words.ts'
import type { ProblemPlace, RouteProblem } from './route-problems.ts'

/** A problem of a card, with the place in the object that the card stands for. */
export interface PlacedProblem {
  readonly path: Path
  readonly problem: CardProblem
}

/** Everything that the cards of an object warn of, in the order of the cards. */
export function listModelProblems({ problems, sections }: ObjectModel): readonly PlacedProblem[] {
  const at = (path: Path, found: readonly CardProblem[]): readonly PlacedProblem[] =>
    found.map(problem => ({ path, problem }))
  return [
    ...at(['spec'], problems),
    ...sections.flatMap(({ cards }) =>
      cards.flatMap(card => [
        ...at(card.path, card.problems),
        ...(card.targets?.targets ?? []).flatMap(target => at(target.path, target.problems)),
      ]),
    ),
  ]
}

/** Everything that the cards of a DestinationRule warn of. */
export const listDestinationRuleProblems = (
  place: ProblemPlace,
  model: DestinationRuleModel,
): readonly PlacedProblem[] => [
  ...findHostProblems(place, model).map(problem => ({ path: ['spec', 'host'], problem })),
  ...model.subsets.flatMap(subset =>
    findSubsetProblems(place, model, subset).map(problem => ({
      path: ['spec', 'subsets', subset.index],
      problem,
    })),
  ),
]

/** The problems of a VirtualService's cards with their places. */
export const placeRouteProblems = (problems: readonly RouteProblem[]): readonly PlacedProblem[] =>
  problems.map(problem => ({
    path: [
      'spec',
      ...(problem.rule < 0 ? ['hosts'] : ['http', problem.rule]),
      ...(problem.destination === undefined ? [] : ['route', problem.destination]),
    ],
    problem,
  }))

/** Those that no other list has at their place or inside of it; `paths` as text. */
export const withoutListed = (
  found: readonly PlacedProblem[],
  paths: readonly string[],
): readonly PlacedProblem[] =>
  found.filter(({ path }) => {
    const own = formatPath(path)
    return !paths.some(
      listed => listed === own || listed.startsWith(`${own}.`) || listed.startsWith(`${own}[`),
    )
  })
