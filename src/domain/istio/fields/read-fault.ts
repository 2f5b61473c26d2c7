import type { Fields } from './read-fields.ts'
import { compact, fieldsOf, numberOf, optionalFields, textOf } from './read-fields.ts'
import type { HttpFault } from '../virtual-service.ts'

/** An HTTPFaultInjection. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPFaultInjection */
export function readFault(fault: Fields | undefined): HttpFault | undefined {
  const delay = optionalFields(fault?.['delay'])
  const abort = optionalFields(fault?.['abort'])
  const fixedDelay = textOf(delay?.['fixedDelay'])
  const read = compact({
    delay: delay && fixedDelay !== undefined ? { percentage: readPercentage(delay), fixedDelay } : undefined,
    abort: abort && { percentage: readPercentage(abort), httpStatus: readAbortStatus(abort) },
  })
  return read.delay === undefined && read.abort === undefined ? undefined : read
}

/** Envoy answers a gRPC abort with HTTP 200 and the gRPC status in a header. */
const readAbortStatus = (abort: Fields): number =>
  numberOf(abort['httpStatus']) ?? (textOf(abort['grpcStatus']) === undefined ? 0 : 200)

const readPercentage = (fault: Fields): number =>
  numberOf(fieldsOf(fault['percentage'])['value']) ?? numberOf(fault['percent']) ?? 0
