import type { Mesh } from '../../istio/mesh.ts'
import type { RequestAuthentication, TokenRule } from '../../istio/request-authentication.ts'
import { attachesTo } from './policy-attachment.ts'
import type { Workload } from './mutual-tls.ts'

/** What a workload's proxy makes of the token of a request. */
export interface TokenVerdict {
  /** The claims of an accepted token. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Why the request gets 401. */
  readonly refusal?: { readonly by: RequestAuthentication; readonly reason: string }
  /** What was taken for granted. */
  readonly unknown: readonly string[]
}

const NOTHING: TokenVerdict = { unknown: [] }

/**
 * A request without a token passes; one with a token that is not of the rules' issuers gets 401. Signature and expiry
 * cannot be checked by the objects alone and are named.
 * Source: https://istio.io/latest/docs/reference/config/security/request_authentication/
 */
export function readToken(
  mesh: Mesh,
  workload: Workload,
  request: { readonly headers: Readonly<Record<string, string>>; readonly path: string },
): TokenVerdict {
  const policies = mesh.requestAuthentications.filter(policy => attachesTo(mesh, policy, workload))
  for (const by of policies)
    for (const rule of by.rules) {
      const token = findToken(rule, request)
      if (token === undefined) continue
      const claims = decodeClaims(token)
      if (claims === undefined)
        return { refusal: { by, reason: 'the token is no JSON Web Token' }, unknown: [] }
      const issuer = claims['iss']
      const fitting = policies.flatMap(policy => policy.rules).filter(item => item.issuer === issuer)
      if (fitting.length === 0)
        return { refusal: { by, reason: `no rule is for the token's issuer ${text(issuer)}` }, unknown: [] }
      if (!fitting.some(item => hasAudience(item, claims)))
        return {
          refusal: { by, reason: `the token's audience ${text(claims['aud'])} is not accepted` },
          unknown: [],
        }
      return {
        claims,
        unknown: [
          `RequestAuthentication ${by.namespace}/${by.name}: the token's signature and expiry are not checked`,
        ],
      }
    }
  return NOTHING
}

const text = (value: unknown): string => (value === undefined ? '(none)' : JSON.stringify(value))

/** Where nothing is named, tokens are in `Authorization: Bearer` and in the parameter `access_token`. */
function findToken(
  rule: TokenRule,
  { headers, path }: { readonly headers: Readonly<Record<string, string>>; readonly path: string },
): string | undefined {
  const isUsual = rule.fromHeaders.length + rule.fromParams.length + rule.fromCookies.length === 0
  const places = isUsual ? [{ name: 'authorization', prefix: 'Bearer ' }] : rule.fromHeaders
  for (const { name, prefix } of places) {
    const value = headers[name]
    if (value !== undefined && value.startsWith(prefix)) return value.slice(prefix.length).trim()
  }
  const query = new Map(
    (path.split('?', 2)[1] ?? '')
      .split('&')
      .map(item => [item.split('=', 1)[0] ?? '', item.slice(item.indexOf('=') + 1)]),
  )
  for (const name of isUsual ? ['access_token'] : rule.fromParams) {
    const value = query.get(name)
    if (value !== undefined && value !== '') return value
  }
  const cookies = (headers['cookie'] ?? '').split(';').map(item => item.trim())
  for (const name of rule.fromCookies) {
    const found = cookies.find(item => item.startsWith(`${name}=`))
    if (found !== undefined) return found.slice(name.length + 1)
  }
  return undefined
}

function hasAudience(rule: TokenRule, claims: Readonly<Record<string, unknown>>): boolean {
  const audience = claims['aud']
  const own = Array.isArray(audience) ? (audience as readonly unknown[]) : [audience]
  return (
    rule.audiences.length === 0 || own.some(item => typeof item === 'string' && rule.audiences.includes(item))
  )
}

/** The second part of `header.payload.signature`, in base64url; undefined where it is no object of JSON. */
function decodeClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split('.')
  const payload = parts.length === 3 ? decodeBase64(parts[1] ?? '') : undefined
  if (payload === undefined) return undefined
  try {
    const value: unknown = JSON.parse(payload)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Base64url as UTF-8 text. The domain has no Buffer and no atob. */
function decodeBase64(text: string): string | undefined {
  let bits = 0
  let count = 0
  let escaped = ''
  for (const character of text.replace(/=+$/, '')) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return undefined
    bits = ((bits << 6) | value) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    escaped += `%${((bits >> count) & 0xff).toString(16).padStart(2, '0')}`
  }
  try {
    return decodeURIComponent(escaped)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
