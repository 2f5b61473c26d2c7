import type { Problem } from '../../../domain/problem.ts'

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
