/** What a URL says of a request. The path stays as written: a proxy sees it so, and a URL parser would tidy it. */
export interface RequestUrl {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Path with query. */
  readonly path: string
  /** Whether the scheme names a connection without HTTP. */
  readonly isConnection: boolean
}

const SCHEMES: Readonly<
  Record<string, { readonly scheme: 'http' | 'https'; readonly port?: number; readonly isConnection?: true }>
> = {
  http: { scheme: 'http', port: 80 },
  https: { scheme: 'https', port: 443 },
  grpc: { scheme: 'http', port: 80 },
  tcp: { scheme: 'http', isConnection: true },
  tls: { scheme: 'https', isConnection: true },
}

/** Reads `http://api:80/orders?x=1`. Returns what is wrong with it in words. */
export function readUrl(text: string): RequestUrl | string {
  const found = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^]*)$/i.exec(text)
  if (found === null) return 'it must begin with http:// or https:// and a host'
  const [, name = '', authority = '', rest = ''] = found
  const known = Object.hasOwn(SCHEMES, name.toLowerCase()) ? SCHEMES[name.toLowerCase()] : undefined
  if (known === undefined) return `the scheme ${name} is not one of ${Object.keys(SCHEMES).join(', ')}`
  const parts = /^(\[[0-9a-f:.]+\]|[^\s@:[\]]+)(?::(\d{1,5}))?$/i.exec(authority)
  if (parts === null)
    return authority === '' ? 'it has no host' : `"${authority}" is not a host with or without a port`
  const [, host = '', digits] = parts
  const port = digits === undefined ? known.port : Number(digits)
  if (port === undefined) return `a ${name} URL needs a port`
  if (port < 1 || port > 65_535) return `the port ${String(port)} is not between 1 and 65535`
  const isConnection = known.isConnection === true
  if (isConnection && rest !== '' && rest !== '/') return `a ${name} URL has no path`
  return { scheme: known.scheme, host, port, path: rest.startsWith('/') ? rest : `/${rest}`, isConnection }
}
