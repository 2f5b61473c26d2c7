import type { TrafficSnapshot, VersionFigures } from '../traffic/traffic-snapshot.ts'

/** What was measured of a version during one step. */
export interface VersionReading {
  /** Requests since the step began. */
  readonly requests: number
  readonly errorShare: number
  /** Milliseconds, over the last seconds; null where nothing was measured. */
  readonly p95: number | null
}

export interface StepReadings {
  readonly stable: VersionReading
  readonly canary: VersionReading
}

/** Limits for the canary that stop it; absent ones do not. */
export interface CanaryLimits {
  readonly errorPercent?: number
  readonly p95?: number
}

/** Fewer requests tell nothing: one error of three is no rate. */
const ENOUGH_REQUESTS = 20

export const noReading: VersionReading = { requests: 0, errorShare: 0, p95: null }

/** Adds what a snapshot tells of two versions of a service to what was measured before it. */
export function addSnapshot(
  readings: StepReadings,
  snapshot: TrafficSnapshot,
  versions: { readonly service: string; readonly stable: string; readonly canary: string },
  seconds: number,
): StepReadings {
  const found = snapshot.nodes.find(({ id }) => id === versions.service)?.versions ?? []
  const of = (version: string): VersionFigures | undefined => found.find(each => each.version === version)
  return {
    stable: add(readings.stable, of(versions.stable), seconds),
    canary: add(readings.canary, of(versions.canary), seconds),
  }
}

function add(reading: VersionReading, figures: VersionFigures | undefined, seconds: number): VersionReading {
  if (figures === undefined) return reading
  const added = figures.rate * seconds
  const requests = reading.requests + added
  const errors = reading.requests * reading.errorShare + added * figures.errorShare
  return { requests, errorShare: requests === 0 ? 0 : errors / requests, p95: figures.p95 ?? reading.p95 }
}

/** Why the canary must stop, in words; undefined while it may go on. */
export function crossedLimit(
  { canary }: StepReadings,
  { errorPercent, p95 }: CanaryLimits,
): string | undefined {
  if (canary.requests < ENOUGH_REQUESTS) return undefined
  const percent = canary.errorShare * 100
  if (errorPercent !== undefined && percent > errorPercent)
    return `${percent.toFixed(1)} % of the canary’s requests failed; the limit is ${String(errorPercent)} %`
  if (p95 !== undefined && canary.p95 !== null && canary.p95 > p95)
    return `95 % of the canary’s requests took up to ${canary.p95.toFixed(0)} ms; the limit is ${String(p95)} ms`
  return undefined
}
