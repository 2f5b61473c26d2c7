import type { Problem } from '../../problem.ts'

/** Why something with a local cluster did not come about, by name. */
export type ClusterFailure =
  | 'engine-missing'
  | 'engine-stopped'
  | 'engine-address'
  | 'engine-denied'
  | 'name-taken'
  | 'name-unknown'
  | 'port-taken'
  | 'port-denied'
  | 'image-pull'
  | 'image-rate'
  | 'image-missing'
  | 'memory'
  | 'cpus'
  | 'disk'
  | 'inotify'
  | 'cgroups'
  | 'network'
  | 'time-out'
  | 'privileges'
  | 'config'

/** A problem with the name of what failed. */
export type ClusterProblem = Problem & { readonly failure?: ClusterFailure }

/** One text that a program prints, and what it means. */
export interface FailureRule {
  readonly failure: ClusterFailure
  readonly pattern: RegExp
  readonly code: Problem['code']
  readonly message: (match: RegExpExecArray) => string
  readonly hint: string
}

/** The first rule that matches decides: a special cause stands before the general one that it shows itself as. */
export function findFailure(rules: readonly FailureRule[], output: string): ClusterProblem | undefined {
  for (const { failure, pattern, code, message, hint } of rules) {
    const match = pattern.exec(output)
    if (match) return { code, message: message(match), hint, raw: output, failure }
  }
  return undefined
}
