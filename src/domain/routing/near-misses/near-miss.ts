import type { ConsideredRule, ObjectReference } from '../decision.ts'

/** What istiod makes of the Gateway API is named by the object that the user wrote. */
interface Named extends ObjectReference {
  readonly source?: ObjectReference
}

/** An object as decisions name it. */
export const referenceTo = (object: Named): ObjectReference => {
  const { kind, namespace, name } = object.source ?? object
  return { kind, namespace, name }
}

/** `VirtualService shop/web`. */
export const titleOf = (object: Named): string => {
  const { kind, namespace, name } = referenceTo(object)
  return `${kind} ${namespace}/${name}`
}

/**
 * Why an object does not count for a request, though it looks as if it should: the field that is the cause, of the object
 * itself or of another.
 */
export function missOf(object: Named, field: string, reason: string, cause?: Named): ConsideredRule {
  return {
    route: referenceTo(object),
    matched: false,
    reason: `${titleOf(object)} is not considered: ${reason}`,
    field,
    ...(cause === undefined ? {} : { object: referenceTo(cause) }),
  }
}
