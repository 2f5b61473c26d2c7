import type { Problem } from '../../../domain/problem.ts'
import { parseRouteTests } from '../../../domain/route-tests/parse-route-tests.ts'
import { readContent } from '../../../domain/simulation/manifest-objects.ts'
import type { Manifest } from '../../../domain/yaml/manifest.ts'

/** What is wrong with a text. Route tests are run, not applied: their own reader says it. */
export const findTextProblems = (text: string, manifest: Manifest, isTests: boolean): readonly Problem[] =>
  isTests
    ? parseRouteTests(text).problems
    : [
        ...manifest.problems,
        ...readContent(manifest, 'default').problems.map(problem => ({
          code: 'invalid' as const,
          ...problem,
        })),
      ]

/** What the parser and the schemas found, by line, each fault once: on a line that cannot be read, schemas guess. */
export function mergeProblems(parsed: readonly Problem[], markers: readonly Problem[]): readonly Problem[] {
  const broken = new Set(parsed.map(({ line }) => line))
  const all = [...parsed, ...markers.filter(({ line }) => !broken.has(line))]
  const seen = new Set<string>()
  return all
    .filter(({ line, message }) => {
      const key = `${String(line)} ${message}`
      return !seen.has(key) && seen.add(key)
    })
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}
