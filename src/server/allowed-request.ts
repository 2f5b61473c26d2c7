import { timingSafeEqual } from 'node:crypto'

const isSame = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

export interface Knock {
  /** The Host header: a page that a hostile name server points at 127.0.0.1 sends its own name (DNS rebinding). */
  readonly host: string | undefined
  /** The Origin header; browsers send it with every WebSocket and every cross-origin request. */
  readonly origin: string | undefined
  readonly token: string | undefined
}

/**
 * Whether a request or socket comes from our own page with our token. A WebSocket is not bound by the same-origin
 * policy: without this any web page could drive us.
 */
export function isAllowed(
  { host, origin, token }: Knock,
  expected: { port: number; token: string },
): boolean {
  const hosts = [`127.0.0.1:${expected.port}`, `localhost:${expected.port}`]
  return (
    host !== undefined &&
    hosts.includes(host) &&
    (origin === undefined || origin === `http://${host}`) &&
    token !== undefined &&
    isSame(token, expected.token)
  )
}
