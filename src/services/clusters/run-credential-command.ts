import { spawn } from 'node:child_process'
import { isAbsolute } from 'node:path'
import { ProblemError } from '../../domain/problem.ts'
import type { CredentialCommand } from '../../shared/contract/contexts.ts'
import type { Host } from '../host.ts'
import type { ExecPlugin, KubeconfigCluster } from './kubeconfig.ts'

export interface ExecCredential {
  readonly token?: string
  readonly certificate?: string
  readonly key?: string
  /** Milliseconds since 1970; absent: until the server refuses it. */
  readonly expiresAt?: number
}

/** Long enough for a login in the browser. */
const longestRun = 120_000
const longestOutput = 1024 * 1024

/**
 * Runs an approved exec plugin, never through a shell, and reads its ExecCredential.
 * Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
export async function runCredentialCommand(options: {
  readonly exec: ExecPlugin
  /** What the user has consented to; the program is run by the path that was shown. */
  readonly command: Omit<CredentialCommand, 'fingerprint'>
  /** Where the program was found: what it is told as its own name, which some programs choose their work by. */
  readonly name: string
  readonly cluster: KubeconfigCluster
  /** Base64. */
  readonly certificateAuthority?: string
  readonly env: Host['env']
  readonly signal: AbortSignal
}): Promise<ExecCredential> {
  const { exec, command, name, cluster, env, signal } = options
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(exec.apiVersion))
    throw new ProblemError({
      code: 'unsupported',
      message: `The credential command speaks ${exec.apiVersion || 'no version'}, not client.authentication.k8s.io/v1 or v1beta1`,
      hint: 'Renew the kubeconfig with the tool that made it.',
    })
  if (exec.interactiveMode === 'Always')
    throw new ProblemError({
      code: 'unsupported',
      message: `The credential command ${command.command} wants to ask on a terminal (interactiveMode: Always)`,
      hint: 'Log in with it in a terminal and use a kubeconfig whose command does not need one.',
    })

  const info = {
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo ? { cluster: clusterInfo(cluster, options.certificateAuthority) } : {}),
    },
  }
  const additions = Object.fromEntries(exec.env.map(({ name, value }) => [name, value]))
  const output = await run(
    command,
    name,
    { ...env, ...additions, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    signal,
  )
  return readCredential(output, exec, command)
}

const clusterInfo = (cluster: KubeconfigCluster, certificateAuthority?: string): Record<string, unknown> => ({
  server: cluster.server,
  ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
  ...(cluster.isInsecure ? { 'insecure-skip-tls-verify': true } : {}),
  ...(certificateAuthority === undefined ? {} : { 'certificate-authority-data': certificateAuthority }),
  ...(cluster.proxyUrl === undefined ? {} : { 'proxy-url': cluster.proxyUrl }),
  config: cluster.execConfig ?? null,
})

function run(
  command: Omit<CredentialCommand, 'fingerprint'>,
  name: string,
  env: Host['env'],
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    let complaint = ''
    const fail = (reason: string): void => {
      reject(
        new ProblemError({
          code: 'unauthorized',
          message: `The credential command ${command.command} ${reason}`,
          hint: command.installHint ?? 'Run it in a terminal to see why; often a login has run out.',
          ...(complaint === '' ? {} : { raw: complaint }),
        }),
      )
    }
    // What was not found when it was looked for is not looked for again by the system, on another PATH.
    if (!isAbsolute(command.command)) {
      fail('was not found')
      return
    }
    const child = spawn(command.command, [...command.args], {
      argv0: name,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      timeout: longestRun,
      killSignal: 'SIGKILL',
      windowsHide: true,
    })
    // Its own children may hold the pipes open.
    const end = (): void => {
      child.kill('SIGKILL')
      child.stdout.destroy()
      child.stderr.destroy()
    }
    child.on('exit', (_code, killed) => {
      if (killed !== null) end()
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length > longestOutput) end()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-10_000)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') fail('was not found')
      else fail(`could not be run: ${error.message}`)
    })
    child.on('close', (code, killed) => {
      if (code === 0) resolve(output)
      else if (killed !== null) fail(`was ended (${killed}): no answer within 2 minutes, or too much output`)
      else fail(`ended with code ${String(code)}`)
    })
  })
}

function readCredential(
  output: string,
  exec: ExecPlugin,
  command: Omit<CredentialCommand, 'fingerprint'>,
): ExecCredential {
  // The output holds secrets: no part of it goes into a problem.
  const refuse = (reason: string): ProblemError =>
    new ProblemError({
      code: 'unauthorized',
      message: `The credential command ${command.command} ${reason}`,
      hint: 'Run it in a terminal: it must print an ExecCredential.',
    })
  let answer: unknown
  try {
    answer = JSON.parse(output)
  } catch {
    throw refuse('did not print JSON')
  }
  const { apiVersion, kind, status } = (answer ?? {}) as Record<string, unknown>
  if (kind !== 'ExecCredential') throw refuse('did not print an ExecCredential')
  if (apiVersion !== exec.apiVersion)
    throw refuse(`printed ${String(apiVersion)} where the kubeconfig says ${exec.apiVersion}`)
  const fields = (status ?? {}) as Record<string, unknown>
  const text = (field: string): string | undefined => {
    const value = fields[field]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const token = text('token')
  const certificate = text('clientCertificateData')
  const key = text('clientKeyData')
  if (token === undefined && (certificate === undefined || key === undefined))
    throw refuse('printed no token and no certificate with its key')
  const expiresAt = Date.parse(text('expirationTimestamp') ?? '')
  return {
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined || key === undefined ? {} : { certificate, key }),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  }
}
