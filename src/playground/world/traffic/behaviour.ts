import { parseDuration } from '../../../domain/routing/route/duration.ts'

/** A request that a workload sends while it answers one. */
export interface OutboundCall {
  /** 0 to 1. */
  readonly share: number
  readonly method: string
  readonly host: string
  readonly port: number
  readonly path: string
  /** Headers that the application passes on, besides those of tracing. */
  readonly forwards: readonly string[]
  /** Whether the answer goes on without it. */
  readonly isOptional: boolean
}

/** How a simulated application behaves; annotations of its pod say so. */
export interface Behaviour {
  /** The median, in milliseconds. */
  readonly latency: number
  /** 0 to 1. */
  readonly errorShare: number
  /** Requests at once that it answers without slowing down. */
  readonly concurrency: number
  readonly calls: readonly OutboundCall[]
  /** Rounds of its calls that it starts by itself. */
  readonly roundsPerSecond: number
}

const prefix = 'playground.mesh-workbench.io/'

/** Reads a pod's annotations; what is absent or unreadable has the default of a small, healthy service. */
export function readBehaviour(annotations: Readonly<Record<string, string>> = {}): Behaviour {
  const read = (name: string): string | undefined => annotations[`${prefix}${name}`]
  return {
    latency: parseDuration(read('latency')) ?? 8,
    errorShare: readShare(read('errors')),
    concurrency: Math.max(1, Number.parseInt(read('concurrency') ?? '32', 10) || 32),
    calls: (read('calls') ?? '').split('\n').flatMap(readCall),
    roundsPerSecond: Number.parseFloat(read('requests-per-second') ?? '0') || 0,
  }
}

const readShare = (text: string | undefined): number => (Number.parseFloat(text ?? '0') || 0) / 100

/** `80% GET http://myapp/myapp forward:user-type optional` */
function readCall(line: string): OutboundCall[] {
  const [share, method, address, ...options] = line.trim().split(/\s+/)
  if (share === undefined || method === undefined || address === undefined || !URL.canParse(address))
    return []
  const url = new URL(address)
  return [
    {
      share: readShare(share),
      method,
      host: url.hostname,
      port: url.port === '' ? 80 : Number(url.port),
      path: url.pathname + url.search,
      forwards: options.flatMap(option => (option.startsWith('forward:') ? [option.slice(8)] : [])),
      isOptional: options.includes('optional'),
    },
  ]
}
