/**
 * Whether a request names us as we are reached. `host` is the Host header: a page that a hostile name server points at
 * 127.0.0.1 sends its own name (DNS rebinding). `origin` is the Origin header, which browsers send with every WebSocket
 * and every cross-origin request that can have an effect: neither is bound by the same-origin policy.
 */
export function isOwnAddress(
  { host, origin }: { readonly host: string | undefined; readonly origin: string | undefined },
  port: number,
): boolean {
  return (
    (host === `127.0.0.1:${port}` || host === `localhost:${port}`) &&
    (origin === undefined || origin === `http://${host}`)
  )
}
