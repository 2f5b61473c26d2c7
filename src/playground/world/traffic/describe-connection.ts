import type { ConnectionRecord } from '../telemetry/connection-record.ts'
import type { TravellingRequest } from './request.ts'
import { writeFlags } from './request.ts'
import type { Attempt } from './upstream.ts'

/** Bytes of a request's and an answer's first lines and headers, which count where nobody reads them. */
const HEAD_BYTES = 180

/** What a connection carries where no proxy reads its request. */
export const connectionOf = (
  { requestBytes, path, port }: TravellingRequest,
  { flags, isMutual, responseBytes, status, port: peerPort }: Attempt,
  start: number,
  duration: number,
): Pick<
  ConnectionRecord,
  'start' | 'duration' | 'isMutual' | 'flags' | 'receivedBytes' | 'sentBytes' | 'port'
> => ({
  start,
  duration,
  isMutual,
  flags: writeFlags(flags.filter(flag => flag === 'UF' || flag === 'UH' || flag === 'UO' || flag === 'NC')),
  receivedBytes: requestBytes + Buffer.byteLength(path) + HEAD_BYTES,
  sentBytes: flags.length > 0 && status >= 500 ? 0 : responseBytes + HEAD_BYTES,
  port: peerPort ?? port,
})
