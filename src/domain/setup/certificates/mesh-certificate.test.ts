import { expect, it } from 'vitest'
import { certificateLifetime } from './certificate-status.ts'
import { placeCertificate } from './mesh-certificate.ts'

const DAY = 24 * 60 * 60 * 1000
const now = Date.parse('2026-09-04T12:00:00Z')

it.each([
  [-1, 365, 'valid', 365],
  [-1, 60, 'valid', 60],
  [-1, 59.9, 'ends-soon', 59],
  [-1, 0.5, 'ends-soon', 0],
  [-2, -0.5, 'expired', -1],
  [-400, -30, 'expired', -30],
  [1, 365, 'not-yet', 365],
])('from %d days to %d days: %s', (from, until, state, daysLeft) => {
  const dates = { validFrom: now + from * DAY, validUntil: now + until * DAY }
  expect(certificateLifetime(dates, now)).toEqual({ state, daysLeft })
})

it.each([
  ['linkerd', 'root', 400, undefined],
  ['linkerd', 'root', 10, 'manually-rotating'],
  ['linkerd', 'issuer', 10, 'manually-rotating'],
  ['linkerd', 'issuer', -1, 'replacing_expired'],
  ['istio', 'root', 10, 'plugin-ca-cert'],
  ['istio', 'root', -10, 'security-issues'],
] as const)('advises for %s, %s, %d days', (mesh, role, days, page) => {
  const facts = {
    subject: 'CN=x',
    issuer: 'CN=x',
    isAuthority: true,
    key: 'ECDSA P-256',
    fingerprint: 'AA',
    validFrom: new Date(now - 500 * DAY).toISOString(),
    validUntil: new Date(now + days * DAY).toISOString(),
  }
  const placed = placeCertificate(facts, { mesh, role, place: 'p' }, now)
  if (page === undefined) expect(placed.advice).toBeUndefined()
  else expect(placed.advice?.url).toContain(page)
})
