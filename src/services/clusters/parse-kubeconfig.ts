import { dirname, isAbsolute, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import type { Problem } from '../../domain/problem.ts'
import type {
  ExecPlugin,
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigUser,
} from './kubeconfig.ts'

type Fields = Readonly<Record<string, unknown>>

/** Far above any real kubeconfig; more is a mistake or an attack. */
const longestText = 4 * 1024 * 1024

/** Reads one kubeconfig leniently: what is broken becomes a problem and the rest still works. */
export function parseKubeconfig(text: string, path: string): Kubeconfig {
  const problems: Problem[] = []
  const root = readRoot(text, path, problems)
  const folder = dirname(path)

  const read = <T>(
    list: unknown,
    field: string,
    parse: (name: string, value: Fields) => T,
  ): Map<string, T> => {
    const entries = new Map<string, T>()
    for (const item of asList(list)) {
      const name = asText(asFields(item)['name'])
      // client-go keeps the first of two entries with one name in a file.
      if (name !== undefined && name !== '' && !entries.has(name))
        entries.set(name, parse(name, asFields(asFields(item)[field])))
    }
    return entries
  }

  return {
    currentContext: asText(root['current-context']) ?? '',
    contexts: read(root['contexts'], 'context', (name, value) => parseContext(name, value, path)),
    clusters: read(root['clusters'], 'cluster', (name, value) => parseCluster(name, value, path, folder)),
    users: read(root['users'], 'user', (name, value) => parseUser(name, value, path, folder)),
    problems,
  }
}

function readRoot(text: string, path: string, problems: Problem[]): Fields {
  const refuse = (message: string, place?: { line: number; col: number }, raw?: string): Fields => {
    problems.push({
      code: 'invalid',
      message: `The kubeconfig ${path} cannot be read: ${message}`,
      hint: 'Correct the file; it is read again when it changes. Other kubeconfig files still work.',
      ...(place && place.line > 0 ? { line: place.line, column: place.col } : {}),
      ...(raw === undefined ? {} : { raw }),
    })
    return {}
  }
  if (text.length > longestText) return refuse('it is larger than 4 MB')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  const [error] = document.errors
  if (error)
    return refuse(error.message.split('\n')[0] ?? 'broken YAML', lines.linePos(error.pos[0]), error.message)
  try {
    const root: unknown = document.toJS({ maxAliasCount: 100 })
    if (root === null || root === undefined) return {}
    if (typeof root !== 'object' || Array.isArray(root))
      return refuse('it is not a mapping', { line: 1, col: 1 })
    return root as Fields
  } catch (error) {
    // Too many aliases, or an alias without its anchor.
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function parseContext(name: string, value: Fields, source: string): KubeconfigContext {
  const namespace = asText(value['namespace'])
  return {
    name,
    source,
    cluster: asText(value['cluster']) ?? '',
    user: asText(value['user']) ?? '',
    namespace: namespace === undefined || namespace === '' ? 'default' : namespace,
  }
}

function parseCluster(name: string, value: Fields, source: string, folder: string): KubeconfigCluster {
  const extension = asList(value['extensions'])
    .map(asFields)
    .find(item => item['name'] === 'client.authentication.k8s.io/exec')
  return {
    name,
    source,
    server: asText(value['server']) ?? '',
    isInsecure: value['insecure-skip-tls-verify'] === true,
    ...optional('tlsServerName', asText(value['tls-server-name'])),
    ...optional('certificateAuthority', asPath(value['certificate-authority'], folder)),
    ...optional('certificateAuthorityData', asText(value['certificate-authority-data'])),
    ...optional('proxyUrl', asText(value['proxy-url'])),
    ...(extension === undefined ? {} : { execConfig: extension['extension'] }),
  }
}

function parseUser(name: string, value: Fields, source: string, folder: string): KubeconfigUser {
  const provider = asFields(value['auth-provider'])
  return {
    name,
    source,
    ...optional('clientCertificate', asPath(value['client-certificate'], folder)),
    ...optional('clientCertificateData', asText(value['client-certificate-data'])),
    ...optional('clientKey', asPath(value['client-key'], folder)),
    ...optional('clientKeyData', asText(value['client-key-data'])),
    ...optional('token', asText(value['token'])),
    ...optional('tokenFile', asPath(value['tokenFile'], folder)),
    ...optional('username', asText(value['username'])),
    ...optional('password', asText(value['password'])),
    ...(typeof value['as'] === 'string' && value['as'] !== ''
      ? { impersonate: parseImpersonation(value) }
      : {}),
    ...(value['auth-provider'] ? { authProvider: asText(provider['name']) ?? 'unnamed' } : {}),
    ...(value['exec'] ? { exec: parseExec(asFields(value['exec']), folder) } : {}),
  }
}

function parseImpersonation(value: Fields): NonNullable<KubeconfigUser['impersonate']> {
  const extra = Object.entries(asFields(value['as-user-extra']))
  return {
    user: asText(value['as']) ?? '',
    uid: asText(value['as-uid']) ?? '',
    groups: asTexts(value['as-groups']),
    extra: Object.fromEntries(extra.map(([key, values]) => [key, asTexts(values)])),
  }
}

function parseExec(value: Fields, folder: string): ExecPlugin {
  const command = asText(value['command']) ?? ''
  return {
    apiVersion: asText(value['apiVersion']) ?? '',
    // A command with a path is relative to the file, a bare name is looked for on PATH.
    // Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuration
    command: /[/\\]/.test(command) && !isAbsolute(command) ? resolve(folder, command) : command,
    args: asTexts(value['args']),
    env: asList(value['env']).map(item => ({
      name: asText(asFields(item)['name']) ?? '',
      value: asText(asFields(item)['value']) ?? '',
    })),
    interactiveMode: asText(value['interactiveMode']) ?? 'IfAvailable',
    provideClusterInfo: value['provideClusterInfo'] === true,
    ...optional('installHint', asText(value['installHint'])),
  }
}

const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])

/** Scalars as text: kubeconfigs in the wild have `namespace: 1` and `token: 123`. */
function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

const asTexts = (value: unknown): string[] =>
  asList(value)
    .map(asText)
    .filter(text => text !== undefined)

function asPath(value: unknown, folder: string): string | undefined {
  const path = asText(value)
  return path === undefined || path === '' ? undefined : resolve(folder, path)
}

const optional = <Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> =>
  value === undefined || value === '' ? {} : ({ [key]: value } as Record<Key, string>)
