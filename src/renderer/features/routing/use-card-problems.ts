import { onScopeDispose, watch, type ComputedRef } from 'vue'
import { formatPath, type Path } from '../../../domain/yaml/path.ts'
import { setProblems } from '../../state/problems.ts'
import type { PlacedProblem } from './collect-problems.ts'

const SOURCE = 'routing'

/** Lists what the cards of the open object warn of in the Problems panel, whatever its kind; only inside `setup`. */
export function useCardProblems(
  found: ComputedRef<readonly PlacedProblem[]>,
  /** `HTTPRoute api-split`. */
  subject: () => string,
  lineOf: (path: Path) => number | undefined,
  open: (path: Path) => void,
): void {
  watch(
    [found, subject],
    ([problems, name]) =>
      setProblems(
        SOURCE,
        problems.map(({ path, problem: { severity, message } }) => {
          const line = lineOf(path)
          return {
            severity,
            subject: name,
            problem: {
              code: 'invalid',
              message,
              at: formatPath(path),
              ...(line === undefined ? {} : { line }),
            },
            open: () => open(path),
          }
        }),
      ),
    { immediate: true },
  )
  onScopeDispose(() => setProblems(SOURCE, []))
}
