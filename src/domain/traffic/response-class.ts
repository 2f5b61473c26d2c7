import type { FlowLabels } from './flow.ts'

/**
 * gRPC's errors of the server, as HTTP's 5xx are: unknown, deadline exceeded, unimplemented, internal, unavailable, data
 * loss. The others are of the caller's request.
 * Source: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ (what a server's span counts as an error)
 */
const GRPC_ERRORS: ReadonlySet<string> = new Set(['2', '4', '12', '13', '14', '15'])
/** Permission denied and unauthenticated, gRPC's 403 and 401. */
const GRPC_DENIALS: ReadonlySet<string> = new Set(['7', '16'])

type Response = Pick<FlowLabels, 'code' | 'grpcStatus'>

/**
 * Whether a request failed: an HTTP 5xx, no answer at all (Envoy's code 0), or a gRPC error, which comes with code 200.
 * Source: https://istio.io/latest/docs/concepts/observability/#metrics
 */
export const isError = ({ code, grpcStatus }: Response): boolean =>
  code === '0' || code.startsWith('5') || GRPC_ERRORS.has(grpcStatus)

/** Whether a request was denied: by a policy, as far as the code tells, or by the application itself. */
export const isDenied = ({ code, grpcStatus }: Response): boolean =>
  code === '401' || code === '403' || GRPC_DENIALS.has(grpcStatus)
