import { readFile, stat } from 'node:fs/promises'
import { ProblemError } from '../../domain/problem.ts'
import type { Host } from '../host.ts'
import { describeExec, fingerprintOf, usesExec } from './consent.ts'
import type { ClusterDefinition, KubeconfigUser } from './kubeconfig.ts'
import { runCredentialCommand, type ExecCredential } from './run-credential-command.ts'

/** What makes a request one of the user's. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>
  /** PEM. */
  readonly certificate?: string
  readonly key?: string
  readonly authority?: string
}

/** Gets the credentials of one context. Only called once everything in `listConsents` is approved. */
export interface CredentialSource {
  read(signal: AbortSignal): Promise<Credentials>
  /** Forgets what the server refused. True where reading again may give something else. */
  renew(): boolean
}

/** client-go reads token files again after a minute at the latest. Source: client-go, transport/token_source.go */
const fileLifetime = 60_000
/** A token is replaced a little before it runs out. */
const expiryMargin = 10_000
const largestFile = 1024 * 1024

/** By fingerprint and cluster: contexts that run the same command for the same cluster share its answer. */
export type ExecCache = Map<string, Promise<ExecCredential>>

export function createCredentials(
  definition: ClusterDefinition,
  { env, now, execCache }: { env: Host['env']; now: () => number; execCache: ExecCache },
): CredentialSource {
  const { cluster, user } = definition
  let files: { readonly readAt: number; readonly credentials: Promise<Credentials> } | undefined

  async function readStatic(): Promise<Credentials> {
    if (user.authProvider !== undefined && user.token === undefined)
      throw new ProblemError({
        code: 'unsupported',
        message: `The user ${user.name} has the auth provider ${user.authProvider}, which Kubernetes dropped in 1.26`,
        hint: 'Renew the kubeconfig: today such users run a command (exec).',
      })
    const [authority, certificate, key, tokenFromFile] = await Promise.all([
      readPem(cluster.certificateAuthorityData, cluster.certificateAuthority),
      readPem(user.clientCertificateData, user.clientCertificate),
      readPem(user.clientKeyData, user.clientKey),
      user.tokenFile === undefined ? undefined : readCredentialFile(user.tokenFile),
    ])
    return {
      headers: { ...authorization(user, tokenFromFile?.trim()), ...impersonation(user) },
      ...(authority === undefined ? {} : { authority }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(key === undefined ? {} : { key }),
    }
  }

  let cacheKey: string | undefined
  async function runExec(authority: string | undefined): Promise<ExecCredential | undefined> {
    // A lone abort must not end a run that others wait for: it ends by its own timeout.
    const signal = new AbortController().signal
    if (!user.exec || !usesExec(definition)) return undefined
    const command = await describeExec(user.exec, env)
    cacheKey = `${fingerprintOf(command)} ${cluster.server} ${cluster.source} ${cluster.name}`
    const cached = await execCache.get(cacheKey)?.catch(() => undefined)
    if (cached && (cached.expiresAt === undefined || cached.expiresAt - expiryMargin > now())) return cached
    const running = runCredentialCommand({
      exec: user.exec,
      command,
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
      if (!fresh) return fixed
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
      return usesExec(definition) || user.tokenFile !== undefined || user.clientCertificate !== undefined
    },
  }
}

function authorization(user: KubeconfigUser, tokenFromFile: string | undefined): Record<string, string> {
  // The file wins over the text. Source: kubeconfig v1, AuthInfo.tokenFile.
  const token = tokenFromFile === undefined || tokenFromFile === '' ? user.token : tokenFromFile
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (user.username === undefined) return {}
  const login = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')
  return { authorization: `Basic ${login}` }
}

/** Source: https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
function impersonation({ impersonate }: KubeconfigUser): Record<string, string | string[]> {
  if (!impersonate) return {}
  const extra = Object.entries(impersonate.extra).map(([key, values]): [string, string[]] => [
    `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
    [...values],
  ])
  return {
    'impersonate-user': impersonate.user,
    ...(impersonate.uid === '' ? {} : { 'impersonate-uid': impersonate.uid }),
    ...(impersonate.groups.length === 0 ? {} : { 'impersonate-group': [...impersonate.groups] }),
    ...Object.fromEntries(extra),
  }
}

async function readPem(base64: string | undefined, path: string | undefined): Promise<string | undefined> {
  // Data wins over a path. Source: kubeconfig v1, Cluster.certificate-authority-data.
  if (base64 !== undefined) return Buffer.from(base64, 'base64').toString('utf8')
  return path === undefined ? undefined : readCredentialFile(path)
}

async function readCredentialFile(path: string): Promise<string> {
  const refuse = (reason: string): ProblemError =>
    new ProblemError({
      code: 'disk',
      message: `The file ${path}, which the kubeconfig names, cannot be read: ${reason}`,
      hint: 'Correct the path in the kubeconfig, or renew it with the tool that made it.',
    })
  try {
    const entry = await stat(path)
    if (!entry.isFile()) throw refuse('it is not a file')
    if (entry.size > largestFile) throw refuse('it is larger than 1 MB')
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw refuse((error as NodeJS.ErrnoException).code ?? String(error))
  }
}
