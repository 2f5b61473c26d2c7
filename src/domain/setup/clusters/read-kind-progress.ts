/** How far `kind create cluster` is. */
export interface KindProgress {
  readonly step: string
  readonly progress: number
}

/** What kind prints, in its order, and how much of the time is over when it begins: most goes into image and start. */
const STEPS: readonly (readonly [pattern: RegExp, progress: number])[] = [
  [/^Creating cluster /, 0],
  [/^Ensuring node image/, 0.02],
  [/^Preparing nodes/, 0.4],
  [/^Configuring the external load balancer/, 0.48],
  [/^Writing configuration/, 0.5],
  [/^Starting control-plane/, 0.55],
  [/^Installing CNI/, 0.75],
  [/^Installing StorageClass/, 0.8],
  [/^Joining more control-plane nodes/, 0.82],
  [/^Joining worker nodes/, 0.85],
  [/^Waiting /, 0.9],
  [/^Set kubectl context/, 1],
]

/**
 * Reads one line of kind's output; undefined where it reports no progress.
 * Source: kind, pkg/internal/cli/status.go: ` • step  ...` begins, ` ✓ step` ends, ` ✗ step` fails; in a terminal a
 * spinner stands in front.
 */
export function readKindProgress(line: string): KindProgress | undefined {
  const match = /^(?:\s*(?<mark>[•✓✗⠀-⣿])\s)?\s*(?<text>\S.*)$/u.exec(line.replace(/^.*\r/, ''))
  const text = match?.groups?.['text']?.replace(/\s*\.\.\.\s*$/, '').trimEnd() ?? ''
  const index = STEPS.findIndex(([pattern]) => pattern.test(text))
  const begun = STEPS[index]
  if (!begun || match?.groups?.['mark'] === '✗') return undefined
  const isDone = match?.groups?.['mark'] === '✓'
  const step = text.replace(/[\p{Extended_Pictographic}\uFE0F\u200D]/gu, '').trim()
  return { step, progress: isDone ? (STEPS[index + 1]?.[1] ?? 1) : begun[1] }
}

/** The names that `kind get clusters` prints, one a line; its "No kind clusters found." goes to standard error. */
export const readKindClusters = (output: string): readonly string[] =>
  output
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^[a-z0-9.-]+$/.test(line))
