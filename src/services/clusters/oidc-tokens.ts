import { ProblemError } from '../../domain/problem.ts'
import type { Host } from '../host.ts'
import type { KubeconfigUser } from './kubeconfig.ts'
import { requestOidc } from './oidc-request.ts'

/** The tokens of users with the auth-provider `oidc`, shared by all contexts of a user, as client-go has them. */
export interface OidcTokens {
  /** Takes over what the kubeconfig says where that has changed: the user has signed in again elsewhere. */
  note(user: KubeconfigUser): void
  /** A token that is still valid, refreshed where it is not. `authority` is PEM. */
  read(user: KubeconfigUser, authority: string | undefined): Promise<string>
}

export interface TokenPair {
  readonly idToken: string
  readonly refreshToken: string
}

interface Session extends TokenPair {
  /** As the kubeconfig had them when they were last taken from there. */
  readonly noted: TokenPair
}

/** A token counts as expired a little before it is. Source: client-go, plugin/pkg/client/auth/oidc/oidc.go, expiryDelta. */
const EXPIRY_MARGIN_MS = 10_000

export function createOidcTokens({
  env,
  now,
  keep,
}: {
  readonly env: Host['env']
  readonly now: () => number
  /** Writes refreshed tokens where kubectl finds them: a refresh token may work only once. */
  readonly keep: (user: KubeconfigUser, tokens: TokenPair) => Promise<void>
}): OidcTokens {
  const sessions = new Map<string, Session>()
  const refreshing = new Map<string, Promise<string>>()
  const keyOf = ({ source, name }: KubeconfigUser): string => JSON.stringify([source, name])

  function note(user: KubeconfigUser): Session {
    const written = writtenTokens(user)
    const known = sessions.get(keyOf(user))
    if (known && isSame(known.noted, written)) return known
    const session = { ...written, noted: written }
    sessions.set(keyOf(user), session)
    return session
  }

  async function refresh(
    user: KubeconfigUser,
    session: Session,
    authority: string | undefined,
  ): Promise<string> {
    const tokens = await requestTokens(user, session.refreshToken, { env, authority })
    sessions.set(keyOf(user), { ...session, ...tokens })
    await keep(user, tokens)
    return tokens.idToken
  }

  return {
    note: user => void note(user),
    async read(user, authority) {
      const session = sessions.get(keyOf(user)) ?? note(user)
      const { idToken, refreshToken } = session
      if (idToken !== '' && expiryOf(user, idToken) > now() + EXPIRY_MARGIN_MS) return idToken
      if (refreshToken === '')
        throw signIn(
          user,
          idToken === '' ? 'has no id-token' : 'has an id-token that has expired',
          'and no refresh-token',
        )
      const key = keyOf(user)
      const running =
        refreshing.get(key) ?? refresh(user, session, authority).finally(() => refreshing.delete(key))
      refreshing.set(key, running)
      return running
    },
  }
}

const writtenTokens = ({ authProvider }: KubeconfigUser): TokenPair => ({
  idToken: authProvider?.config['id-token'] ?? '',
  refreshToken: authProvider?.config['refresh-token'] ?? '',
})

const isSame = (a: TokenPair, b: TokenPair): boolean =>
  a.idToken === b.idToken && a.refreshToken === b.refreshToken

/** Milliseconds since 1970 from the claim `exp`; nothing is verified: the API server does that. */
function expiryOf(user: KubeconfigUser, idToken: string): number {
  const parts = idToken.split('.')
  try {
    if (parts.length !== 3) throw new Error('not a JWT')
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
    const seconds = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : 0
    return typeof seconds === 'number' ? seconds * 1000 : 0
  } catch {
    throw signIn(user, 'has an id-token that is not a JWT')
  }
}

/** Source: RFC 6749, section 6; OpenID Connect Discovery 1.0, section 4; client-go, oidc.go and golang.org/x/oauth2. */
async function requestTokens(
  user: KubeconfigUser,
  refreshToken: string,
  { env, authority }: { readonly env: Host['env']; readonly authority: string | undefined },
): Promise<TokenPair> {
  const config = user.authProvider?.config ?? {}
  const { 'idp-issuer-url': issuer = '', 'client-id': clientId = '', 'client-secret': secret = '' } = config
  const place = { env, ...(authority === undefined ? {} : { authority }) }
  const discovery = readUrl(user, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const metadata = await requestOidc({ url: discovery, ...place })
  if (metadata.status !== 200)
    throw signIn(user, `cannot be refreshed: ${discovery.href} answered ${metadata.status}`)
  const endpoint = readUrl(user, textOf(readJson(user, metadata.body)['token_endpoint']))

  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  const login = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString(
    'base64',
  )
  // The provider does not say which of the two it takes: first as a header, then in the form.
  let answer = await requestOidc({
    url: endpoint,
    ...place,
    headers: { authorization: `Basic ${login}` },
    form: new URLSearchParams(form),
  })
  if (answer.status < 200 || answer.status > 299)
    answer = await requestOidc({
      url: endpoint,
      ...place,
      form: new URLSearchParams({
        ...form,
        client_id: clientId,
        ...(secret === '' ? {} : { client_secret: secret }),
      }),
    })
  // The answer may hold tokens: only the code of the error, which the standard names, goes into a problem.
  if (answer.status < 200 || answer.status > 299)
    throw signIn(
      user,
      `cannot be refreshed: ${endpoint.origin} answered ${answer.status} ${errorOf(answer.body)}`.trim(),
    )
  const tokens = readJson(user, answer.body)
  const idToken = textOf(tokens['id_token'])
  if (idToken === '') throw signIn(user, `cannot be refreshed: ${endpoint.origin} gave no id_token`)
  return { idToken, refreshToken: textOf(tokens['refresh_token']) || refreshToken }
}

function errorOf(body: string): string {
  const [, code = ''] = /"error"\s*:\s*"([a-z_]{1,40})"/.exec(body) ?? []
  return code
}

function readUrl(user: KubeconfigUser, text: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw signIn(user, 'has an auth-provider whose idp-issuer-url or token_endpoint is not an address')
}

function readJson(user: KubeconfigUser, body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // Said below: what is not JSON may be a login page.
  }
  throw signIn(user, 'cannot be refreshed: the identity provider did not answer with JSON')
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const signIn = ({ name }: KubeconfigUser, ...reasons: readonly string[]): ProblemError =>
  new ProblemError({
    code: 'unauthorized',
    message: `The user ${name} ${reasons.join(' ')}`,
    hint: 'Sign in again with the tool that made the kubeconfig.',
  })
