import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { CredentialCommand } from '../../shared/contract/contexts.ts'
import type { Host } from '../host.ts'
import { findOutside, readPem } from './credential-files.ts'
import { findProgram } from './find-program.ts'
import type { ClusterDefinition, ExecPlugin, KubeconfigCluster } from './kubeconfig.ts'
import { isEncrypted } from './server-url.ts'

/** What a consent is for, before it has its fingerprint. */
export type ConsentSubject = Omit<CredentialCommand, 'fingerprint' | 'installHint'>

/**
 * Identifies exactly this program with these arguments and this environment for this server. It begins with the number
 * of its form: approvals of an earlier form, which did not bind the server, match nothing and are asked for again.
 */
export function fingerprintOf({ command, args, env, server, authority }: ConsentSubject): string {
  const pairs = env.map(({ name, value }) => [name, value])
  return createHash('sha256')
    .update(JSON.stringify([2, command, args, pairs, server, authority]))
    .digest('hex')
}

/**
 * Whether the exec plugin gets the credentials. It never runs where the user's token or password is enough, nor for
 * a server without TLS, as in client-go (rest/exec.go, clientcmd/client_config.go).
 */
export const usesExec = ({ cluster, user }: ClusterDefinition): boolean =>
  user.exec !== undefined &&
  user.token === undefined &&
  user.tokenFile === undefined &&
  user.username === undefined &&
  isEncrypted(cluster)

/**
 * Everything about a context that needs the user's consent before it happens: a command that runs, files outside
 * the kubeconfig's folder that are read as credentials, a proxy that sees the traffic. The latter two are shown as
 * the commands `read` and `proxy`, which are never run.
 */
export async function listConsents(
  definition: ClusterDefinition,
  env: Host['env'],
): Promise<CredentialCommand[]> {
  const { cluster, user } = definition
  const to = await describeServer(cluster)
  const consents: Omit<CredentialCommand, 'fingerprint'>[] = []
  if (user.exec && usesExec(definition)) consents.push((await describeExec(user.exec, cluster, env)).consent)

  const outside = isEncrypted(cluster)
    ? [
        ...(await findOutside(
          [
            user.tokenFile,
            user.clientCertificate,
            user.clientKey,
            user.authProvider?.config['idp-certificate-authority'],
          ],
          dirname(user.source),
        )),
        ...(await findOutside([cluster.certificateAuthority], dirname(cluster.source))),
      ]
    : []
  if (outside.length > 0) consents.push({ command: 'read', args: [...new Set(outside)], env: [], ...to })
  if (cluster.proxyUrl !== undefined)
    consents.push({ command: 'proxy', args: [cluster.proxyUrl], env: [], ...to })
  return consents.map(consent => ({ ...consent, fingerprint: fingerprintOf(consent) }))
}

/** The exec plugin as it would run now: what the user consents to, and the name that the program is told. */
export async function describeExec(
  exec: ExecPlugin,
  cluster: KubeconfigCluster,
  env: Host['env'],
): Promise<{ readonly consent: Omit<CredentialCommand, 'fingerprint'>; readonly name: string }> {
  const { name, path } = await findProgram(exec.command, env)
  return {
    name,
    consent: {
      command: path,
      args: exec.args,
      env: exec.env,
      ...(await describeServer(cluster)),
      ...(exec.installHint === undefined ? {} : { installHint: exec.installHint }),
    },
  }
}

/** Who gets the credentials: its address and what proves that it is the one. */
async function describeServer(
  cluster: KubeconfigCluster,
): Promise<Pick<ConsentSubject, 'server' | 'authority'>> {
  const { server, tlsServerName, isInsecure } = cluster
  const asName = tlsServerName === undefined ? '' : ` as ${tlsServerName}`
  if (isInsecure) return { server, authority: `not verified${asName}` }
  const pem = await readPem(cluster.certificateAuthorityData, cluster.certificateAuthority).catch(() => '')
  const authority =
    pem === undefined ? 'the system' : `sha256:${createHash('sha256').update(pem).digest('hex')}`
  return { server, authority: authority + asName }
}
