/** How a certificate stands with time. */
export interface Lifetime {
  readonly state: 'valid' | 'ends-soon' | 'expired' | 'not-yet'
  /** Whole days until it ends; below zero after. */
  readonly daysLeft: number
}

const DAY = 24 * 60 * 60 * 1000
/** `linkerd check` warns from here. Source: linkerd2, pkg/issuercerts, expirationWarningThresholdInDays */
export const WARNING_DAYS = 60

/** Judges a certificate by its dates, in milliseconds since 1970. */
export function certificateLifetime(
  { validFrom, validUntil }: { readonly validFrom: number; readonly validUntil: number },
  now: number,
): Lifetime {
  const daysLeft = Math.floor((validUntil - now) / DAY)
  if (now > validUntil) return { state: 'expired', daysLeft }
  if (now < validFrom) return { state: 'not-yet', daysLeft }
  return { state: daysLeft < WARNING_DAYS ? 'ends-soon' : 'valid', daysLeft }
}
