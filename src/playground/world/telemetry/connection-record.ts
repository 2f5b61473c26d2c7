import type { Instance } from '../traffic/instance.ts'
import type { ProxyRecord } from './proxy-record.ts'

/** One connection whose requests no proxy read, as one proxy saw it. */
export interface ConnectionRecord {
  readonly proxy: Instance
  readonly reporter: 'source' | 'destination'
  /** Milliseconds since 1970, with fractions. */
  readonly start: number
  readonly duration: number
  readonly source?: Instance
  readonly destination?: Instance
  readonly service: ProxyRecord['service']
  readonly isMutual: boolean
  readonly flags: string
  /** What the caller sent, and what it got. */
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly port: number
  readonly upstreamCluster?: string
  /** Why it was closed before anything came back. */
  readonly failure?: string
}
