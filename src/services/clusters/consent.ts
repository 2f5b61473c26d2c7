import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path'
import type { CredentialCommand } from '../../shared/contract/contexts.ts'
import type { Host } from '../host.ts'
import type { ClusterDefinition, ExecPlugin } from './kubeconfig.ts'

/** Identifies exactly this command with these arguments and this environment. */
export function fingerprintOf({ command, args, env }: Omit<CredentialCommand, 'fingerprint'>): string {
  const pairs = env.map(({ name, value }) => [name, value])
  return createHash('sha256')
    .update(JSON.stringify([command, args, pairs]))
    .digest('hex')
}

/** Whether the user's token or certificates alone are enough; then the exec plugin never runs, as in client-go. */
export const usesExec = ({ user }: ClusterDefinition): boolean =>
  user.exec !== undefined &&
  user.token === undefined &&
  user.tokenFile === undefined &&
  user.username === undefined

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
  const consents: Omit<CredentialCommand, 'fingerprint'>[] = []
  if (user.exec && usesExec(definition)) consents.push(await describeExec(user.exec, env))

  const folder = dirname(user.source)
  const outside = [user.tokenFile, user.clientCertificate, user.clientKey].filter(
    path => path !== undefined && isOutside(path, folder),
  )
  if (outside.length > 0)
    consents.push({ command: 'read', args: outside.filter(path => path !== undefined), env: [] })
  if (cluster.proxyUrl !== undefined) consents.push({ command: 'proxy', args: [cluster.proxyUrl], env: [] })
  return consents.map(consent => ({ ...consent, fingerprint: fingerprintOf(consent) }))
}

export async function describeExec(
  exec: ExecPlugin,
  env: Host['env'],
): Promise<Omit<CredentialCommand, 'fingerprint'>> {
  return {
    command: await findProgram(exec.command, env),
    args: exec.args,
    env: exec.env,
    ...(exec.installHint === undefined ? {} : { installHint: exec.installHint }),
  }
}

const isOutside = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way.startsWith('..') || isAbsolute(way)
}

/** The absolute path of a program on PATH; the name itself where it is not found. */
async function findProgram(command: string, env: Host['env']): Promise<string> {
  if (isAbsolute(command) || command === '') return command
  const extensions = process.platform === 'win32' ? ['.exe', '.com', ''] : ['']
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
    // Relative entries of PATH would make the program depend on the working folder: Go refuses them too.
    if (!isAbsolute(folder)) continue
    for (const extension of extensions) {
      const path = join(folder, command + extension)
      try {
        await access(path, constants.X_OK)
        return path
      } catch {
        // Not in this folder: the next one.
      }
    }
  }
  return command
}
