import type { Problem } from '../../../domain/problem.ts'
import type { ChangePlan } from '../../../shared/contract/changes.ts'
import type { Draft } from '../../../shared/contract/workspace.ts'
import { navigate } from '../../state/navigation.ts'
import { setProblems } from '../../state/problems.ts'
import type { JoinedTexts } from './join-texts.ts'
import { objectWords } from './words.ts'

/** Lists in Problems what the server refuses of a plan, each with the line of the text that it is about. */
export function listRefusals(
  plan: ChangePlan | undefined,
  title: string,
  drafts: readonly Draft[],
  joined: JoinedTexts,
): void {
  const all: { problem: Problem; subject: string }[] = [
    ...(plan?.problems ?? []).map(problem => ({ problem, subject: title })),
    ...(plan?.steps ?? []).flatMap(({ id, problems }) =>
      problems.map(problem => ({ problem, subject: objectWords(id) })),
    ),
  ]
  setProblems(
    'review',
    all.map(({ problem, subject }) => {
      const place = problem.line === undefined ? undefined : joined.placeOf(problem.line)
      const draft = place === undefined ? undefined : drafts[place.index]
      return {
        problem,
        severity: 'error',
        subject,
        open: () =>
          draft === undefined
            ? navigate({ name: 'changes' })
            : navigate({
                name: 'editor',
                params: { draft: draft.id },
                query: { line: String(place?.line ?? 1) },
              }),
      }
    }),
  )
}
