/** Why part of a route cannot be done, as Istio's controller words it in a condition. */
export interface RouteProblem {
  readonly reason: string
  readonly message: string
}

/** A part that was made, with what is wrong with it; without a value the whole route is dropped. */
export interface Made<T> {
  readonly value?: T
  readonly problem?: RouteProblem
}

/** Both problems as one, as a condition has room for one reason. */
export const joinProblems = (
  one: RouteProblem | undefined,
  other: RouteProblem | undefined,
): RouteProblem | undefined =>
  one === undefined || other === undefined
    ? (one ?? other)
    : { reason: one.reason, message: `${one.message}; ${other.message}` }
