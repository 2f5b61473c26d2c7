import { StatusError } from '../objects/status-error.ts'

// The refusals that only the transport and the registry know; the others are in objects/status-error.ts.

export const unavailable = (message: string): StatusError =>
  new StatusError(503, 'ServiceUnavailable', message)

export const tooLarge = (limit: number): StatusError =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`, {})

/** What the NamespaceLifecycle admission plugin says. */
export const terminatingNamespace = (plural: string, name: string, namespace: string): StatusError =>
  new StatusError(
    403,
    'Forbidden',
    `${plural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      name,
      kind: plural,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  )

export const tooLargeVersion = (wanted: number, current: number): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
