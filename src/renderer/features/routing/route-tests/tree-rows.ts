import type { RouteTestRun } from '../../../state/route-tests.ts'

/** One line of the tree of tests: a text, a test, or what is otherwise than expected. */
export interface TreeRow {
  readonly key: string
  readonly level: 1 | 2 | 3
  readonly words: string
  /** In words too: colour alone tells nobody. */
  readonly state: 'passed' | 'failed' | 'plain'
  /** Absent for a line that has nothing below it. */
  readonly isOpen?: boolean
  /** The text and the 1-based line that it is about. */
  readonly draftId: string
  readonly line: number
}

/** The lines of the tree; those under a closed one are left out. */
export function listTreeRows(runs: readonly RouteTestRun[], closed: ReadonlySet<string>): readonly TreeRow[] {
  return runs.flatMap(({ id, title, results, problems }): readonly TreeRow[] => {
    const passed = results.filter(result => result.passed).length
    const hasFailed = passed < results.length || problems.length > 0
    const isOpen = !closed.has(id)
    const root: TreeRow = {
      key: id,
      level: 1,
      words: `${title}: ${String(passed)} of ${String(results.length)} passed`,
      state: hasFailed ? 'failed' : results.length === 0 ? 'plain' : 'passed',
      isOpen,
      draftId: id,
      line: 1,
    }
    if (!isOpen) return [root]
    const broken = problems.map(({ message, line = 1 }, index): TreeRow => {
      const words = `Line ${String(line)}: ${message}`
      return { key: `${id}/problem-${String(index)}`, level: 2, words, state: 'failed', draftId: id, line }
    })
    const tests = results.flatMap(({ test, passed: isPassed, differences }): readonly TreeRow[] => {
      const key = `${id}/${test.name}`
      const common = { draftId: id, line: test.line }
      const isTestOpen = !closed.has(key)
      const own: TreeRow = {
        ...common,
        key,
        level: 2,
        words: test.name,
        state: isPassed ? 'passed' : 'failed',
        ...(differences.length > 0 ? { isOpen: isTestOpen } : {}),
      }
      if (!isTestOpen) return [own]
      return [
        own,
        ...differences.map((words, index): TreeRow => {
          return { ...common, key: `${key}/${String(index)}`, level: 3, words, state: 'plain' }
        }),
      ]
    })
    return [root, ...broken, ...tests]
  })
}
