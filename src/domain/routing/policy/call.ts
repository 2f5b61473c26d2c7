/** A call as the called workload's proxy sees it. What is absent is known to be absent, unless it is said otherwise. */
export interface Call {
  /** Where the proxy sees a connection only, the conditions on requests cannot be asked. */
  readonly protocol?: 'http' | 'tcp'
  /** Whether ztunnel judges it, which knows even less than a proxy for TCP. */
  readonly isAtZtunnel?: boolean
  /** `cluster.local/ns/default/sa/frontend`, only where the caller proved it by mutual TLS. */
  readonly principal?: string
  /** That nothing says the service account, so that the one in the principal is only the usual one. */
  readonly isPrincipalAssumed?: boolean
  /** The address of the caller's connection; absent where it is not known. */
  readonly ip?: string
  /** The address of the first caller, by X-Forwarded-For or the PROXY protocol; absent where it is not known. */
  readonly remoteIp?: string
  /** The claims of the request's token, where a RequestAuthentication takes it. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly method: string
  /** Path with or without query. */
  readonly path: string
  readonly host: string
  /** The workload's port; absent where it is not known. */
  readonly port?: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Headers that are there with a value that is not known. */
  readonly unknownHeaders?: Readonly<Record<string, string>>
  /** The address of the called workload; absent where it is not known. */
  readonly destinationIp?: string
  readonly sni?: string
}

export const namespaceOf = (call: Call): string | undefined =>
  call.principal === undefined ? undefined : /\/ns\/([^/]+)\//.exec(call.principal)?.[1]

/** `namespace/name` of the caller's service account. */
export function serviceAccountOf(call: Call): string | undefined {
  const found = call.principal === undefined ? null : /\/ns\/([^/]+)\/sa\/(.+)$/.exec(call.principal)
  return found?.[1] === undefined || found[2] === undefined ? undefined : `${found[1]}/${found[2]}`
}

/** `issuer/subject` of a token that has both. */
export function requestPrincipalOf({ claims }: Call): string | undefined {
  const [issuer, subject] = [claims?.['iss'], claims?.['sub']]
  return typeof issuer === 'string' && typeof subject === 'string' && issuer !== '' && subject !== ''
    ? `${issuer}/${subject}`
    : undefined
}
