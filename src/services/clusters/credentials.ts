import { isAbsolute, resolve, dirname } from 'node:path'
import type { CredentialCommand } from '../../shared/contract/contexts.ts'
import type { Host } from '../host.ts'
import { describeExec, fingerprintOf, usesExec } from './consent.ts'
import { readCredentialFile, readPem } from './credential-files.ts'
import { asHeader, impersonationHeaders } from './impersonation.ts'
import type { ClusterDefinition, KubeconfigUser } from './kubeconfig.ts'
import type { OidcTokens } from './oidc-tokens.ts'
import { runCredentialCommand, type ExecCredential } from './run-credential-command.ts'
import { isEncrypted } from './server-url.ts'

/** What makes a request one of the user's. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>
  /** PEM. */
  readonly certificate?: string
  readonly key?: string
  readonly authority?: string
}

/** Gets the credentials of one context. Whatever needs the user's consent is checked each time before it happens. */
export interface CredentialSource {
  read(signal: AbortSignal): Promise<Credentials>
  /** Forgets what the server refused. True where reading again may give something else. */
  renew(): boolean
}

/** client-go reads token files again after a minute at the latest. Source: client-go, transport/token_source.go */
const fileLifetime = 60_000
/** A token is replaced a little before it runs out. */
const expiryMargin = 10_000

/** By fingerprint and cluster: contexts that run the same command for the same cluster share its answer. */
export type ExecCache = Map<string, Promise<ExecCredential>>

export interface CredentialDependencies {
  readonly env: Host['env']
  readonly now: () => number
  readonly execCache: ExecCache
  readonly oidc: OidcTokens
  /** Aborts when the app stops. */
  readonly stopped?: AbortSignal
  /** Throws `restricted` where the user has not consented to something that the context does now. */
  readonly assertConsent: () => Promise<void>
  /** Throws `restricted` where the user has not consented to exactly this. */
  readonly assertApproved: (consent: CredentialCommand) => Promise<void>
}

export function createCredentials(
  definition: ClusterDefinition,
  { env, now, execCache, oidc, stopped, assertConsent, assertApproved }: CredentialDependencies,
): CredentialSource {
  const { cluster, user } = definition
  let files: { readonly readAt: number; readonly credentials: Promise<Credentials> } | undefined

  async function readStatic(): Promise<Credentials> {
    await assertConsent()
    const headers = impersonationHeaders(user)
    // Nothing that proves who the user is goes over http. Source: client-go, clientcmd/client_config.go, ClientConfig.
    if (!isEncrypted(cluster)) return { headers }
    const [authority, certificate, key, tokenFromFile] = await Promise.all([
      readPem(cluster.certificateAuthorityData, cluster.certificateAuthority),
      readPem(user.clientCertificateData, user.clientCertificate),
      readPem(user.clientKeyData, user.clientKey),
      readTokenFile(user),
    ])
    return {
      headers: { ...authorization(user, tokenFromFile?.trim()), ...headers },
      ...(authority === undefined ? {} : { authority }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(key === undefined ? {} : { key }),
    }
  }

  /** As client-go, which leaves a request alone that has a token or a password. */
  async function addOidc(fixed: Credentials): Promise<Credentials> {
    const config = user.authProvider?.config
    if (config === undefined || !isEncrypted(cluster) || 'authorization' in fixed.headers) return fixed
    const path = config['idp-certificate-authority'] ?? ''
    const authority = await readPem(
      config['idp-certificate-authority-data'] || undefined,
      path === '' || isAbsolute(path) ? path || undefined : resolve(dirname(user.source), path),
    )
    const token = await oidc.read(user, authority)
    return { ...fixed, headers: { ...fixed.headers, authorization: `Bearer ${token}` } }
  }

  let cacheKey: string | undefined
  async function runExec(authority: string | undefined): Promise<ExecCredential | undefined> {
    // A lone abort must not end a run that others wait for: it ends by its own timeout.
    // Only a stop of the app ends it before.
    const signal = stopped ?? new AbortController().signal
    if (!user.exec || !usesExec(definition)) return undefined
    const { consent, name } = await describeExec(user.exec, cluster, env)
    const fingerprint = fingerprintOf(consent)
    await assertApproved({ ...consent, fingerprint })
    cacheKey = `${fingerprint} ${cluster.source} ${cluster.name}`
    const cached = await execCache.get(cacheKey)?.catch(() => undefined)
    if (cached && (cached.expiresAt === undefined || cached.expiresAt - expiryMargin > now())) return cached
    const running = runCredentialCommand({
      exec: user.exec,
      command: consent,
      name,
      cluster,
      env,
      signal,
      ...(authority === undefined ? {} : { certificateAuthority: Buffer.from(authority).toString('base64') }),
    })
    execCache.set(cacheKey, running)
    const key = cacheKey
    running.catch(() => execCache.delete(key))
    return running
  }

  let renewing: Promise<ExecCredential | undefined> | undefined
  return {
    async read(signal) {
      signal.throwIfAborted()
      if (!files || now() - files.readAt > fileLifetime) {
        const credentials = readStatic()
        credentials.catch(() => (files = undefined))
        files = { readAt: now(), credentials }
      }
      const fixed = await files.credentials
      renewing ??= runExec(fixed.authority).finally(() => (renewing = undefined))
      const fresh = await renewing
      if (!fresh) return addOidc(fixed)
      const { token, certificate, key } = fresh
      return {
        ...fixed,
        headers: { ...fixed.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        ...(certificate === undefined ? {} : { certificate }),
        ...(key === undefined ? {} : { key }),
      }
    },
    renew() {
      files = undefined
      if (cacheKey !== undefined) execCache.delete(cacheKey)
      if (!isEncrypted(cluster)) return false
      return usesExec(definition) || user.tokenFile !== undefined || user.clientCertificate !== undefined
    },
  }
}

/** A file that cannot be read is no failure where there is a token too. Source: client-go, transport/token_source.go */
async function readTokenFile({ token, tokenFile }: KubeconfigUser): Promise<string | undefined> {
  if (tokenFile === undefined) return undefined
  const reading = readCredentialFile(tokenFile)
  return token === undefined ? reading : reading.catch(() => undefined)
}

function authorization(user: KubeconfigUser, tokenFromFile: string | undefined): Record<string, string> {
  // The file wins over the text. Source: kubeconfig v1, AuthInfo.tokenFile.
  const token = tokenFromFile === undefined || tokenFromFile === '' ? user.token : tokenFromFile
  if (token !== undefined) return { authorization: `Bearer ${asHeader(token)}` }
  if (user.username === undefined) return {}
  const login = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')
  return { authorization: `Basic ${login}` }
}
