/** Of connecting, of the proxy's answer and of the TLS handshake, each. */
export const DIAL_TIMEOUT_MS = 10_000

/** A timeout that is classified as the system's own. */
export const timedOut = (what: string): Error =>
  Object.assign(new Error(`${what} took too long`), { code: 'ETIMEDOUT' })
