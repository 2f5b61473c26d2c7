import { qualifiedKind, qualifiedPlural, type ServedResource } from './served-resource.ts'

/** One thing that is wrong with an object, as `StatusCause` in meta/v1. */
export interface StatusCause {
  readonly reason: string
  readonly message: string
  readonly field?: string
}

/** As `StatusDetails` in meta/v1; `kind` holds the plural in all but `Invalid`. */
export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** What the API server answers when it refuses, as `Status` in meta/v1. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Readonly<Record<string, unknown>>
  readonly status: 'Failure' | 'Success'
  readonly message: string
  readonly reason?: string
  readonly details?: StatusDetails
  readonly code: number
}

type Named = Pick<ServedResource, 'group' | 'plural'>
type Kinded = Pick<ServedResource, 'group' | 'kind'>

/**
 * Refuses a request as the API server would. The wording is that of k8s.io/apimachinery/pkg/api/errors.
 */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: StatusDetails | undefined

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.name = 'StatusError'
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** The body of the answer. */
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    }
  }
}

const detailsOf = (resource: Named, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
})

export const notFound = (resource: Named, name: string): StatusError =>
  new StatusError(
    404,
    'NotFound',
    `${qualifiedPlural(resource)} "${name}" not found`,
    detailsOf(resource, name),
  )

export const alreadyExists = (resource: Named, name: string): StatusError =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualifiedPlural(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  )

/** The object changed since the writer read it. */
export const conflict = (
  resource: Named,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedPlural(resource)} "${name}": ${why}`,
    detailsOf(resource, name),
  )

/** Other managers own fields that an apply would change. */
export const applyConflict = (message: string, causes: readonly StatusCause[]): StatusError =>
  new StatusError(409, 'Conflict', message, { causes })

/** The object breaks rules of its kind. */
export function invalid(kind: Kinded, name: string, causes: readonly StatusCause[]): StatusError {
  const lines = [
    ...new Set(
      causes.map(({ field, message }) =>
        field === undefined || field === '' ? message : `${field}: ${message}`,
      ),
    ),
  ]
  const text = lines.length === 1 ? lines.join('') : `[${lines.join(', ')}]`
  return new StatusError(422, 'Invalid', `${qualifiedKind(kind)} "${name}" is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.kind,
    causes,
  })
}

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message)

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized')

/** `why` is the rest of the sentence: `User "x" cannot list resource "pods" in API group "" …`. */
export const forbidden = (resource: Named, name: string, why: string): StatusError =>
  new StatusError(
    403,
    'Forbidden',
    `${qualifiedPlural(resource)} ${name === '' ? '' : `"${name}" `}is forbidden: ${why}`,
    detailsOf(resource, name),
  )

/** The path names nothing that is served. */
export const unknownPath = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

export const methodNotAllowed = (resource: Named, verb: string): StatusError =>
  new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${qualifiedPlural(resource)}"`,
    detailsOf(resource, ''),
  )

/** A watch or a page starts at a version that is no longer kept. */
export const gone = (message: string): StatusError => new StatusError(410, 'Expired', message)

export const notAcceptable = (accepted: readonly string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

/** The same, of a patch whose media type nobody knows. */
export const unknownMediaType = (): StatusError =>
  new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})

/** A patch that cannot be put onto the object. */
export const unprocessable = (message: string): StatusError => new StatusError(422, 'Invalid', message, {})

export const tooManyRequests = (message: string, causes: readonly StatusCause[]): StatusError =>
  new StatusError(429, 'TooManyRequests', message, { causes, retryAfterSeconds: 1 })

export const internalError = (message: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ reason: '', message }],
  })
