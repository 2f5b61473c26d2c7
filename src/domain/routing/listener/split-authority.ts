/** The host and, where it is written, the port of an authority: `api:8080`, `[::1]:80`, `shop.example.com`. */
export function splitAuthority(authority: string): { readonly host: string; readonly port?: number } {
  const colon = authority.lastIndexOf(':')
  const port = authority.slice(colon + 1)
  return colon > 0 && /^\d+$/.test(port)
    ? { host: authority.slice(0, colon), port: Number(port) }
    : { host: authority }
}
