import { dirname, isAbsolute, resolve } from 'node:path'
import { isCollection, isNode, type Document } from 'yaml'
import { toProblem, type ProblemCode } from '../../domain/problem.ts'
import { readYamlDocument } from '../../domain/yaml/read-yaml.ts'
import { FieldError, readFields, type FieldPath, type FieldReader } from './kubeconfig-fields.ts'
import type {
  ExecPlugin,
  Impersonation,
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigUser,
} from './kubeconfig.ts'

/** Far above any real kubeconfig, about 1,900 contexts; more is a mistake or an attack. */
const LIMITS = { maxLength: 4 * 1024 * 1024, maxTokens: 200_000, maxDocuments: 1000 }

/**
 * Reads one kubeconfig as kubectl does: YAML 1.1 with merge keys, the first document only, types as declared. A file
 * that kubectl does not load is one problem, and has no contexts; other files still work.
 * Source: client-go, clientcmd/loader.go and clientcmd/api/v1/conversion.go; kubectl 1.36 with the texts of the tests.
 */
export function parseKubeconfig(text: string, path: string): Kubeconfig {
  const fail = (
    message: string,
    place?: { line: number; col: number },
    raw?: string,
    code: ProblemCode = 'invalid',
  ): Kubeconfig => ({
    ...nothing,
    problems: [
      {
        code,
        message: `The kubeconfig ${path} cannot be read: ${message}`,
        hint: 'Correct the file; it is read again when it changes. Other kubeconfig files still work.',
        ...(place && place.line > 0 ? { line: place.line, column: place.col } : {}),
        ...(raw === undefined ? {} : { raw }),
      },
    ],
  })
  let read: ReturnType<typeof readYamlDocument>
  try {
    read = readYamlDocument(text, LIMITS)
  } catch (error) {
    const { code, message, line, column, raw } = toProblem(error)
    return fail(message, line === undefined ? undefined : { line, col: column ?? 1 }, raw, code)
  }
  const { value, document, lines } = read
  try {
    return decode(readFields(value), path)
  } catch (error) {
    if (!(error instanceof FieldError)) throw error
    return fail(error.message, lines.linePos(offsetOf(document, error.path)))
  }
}

const nothing: Kubeconfig = {
  currentContext: '',
  contexts: new Map(),
  clusters: new Map(),
  users: new Map(),
  problems: [],
}

/** Where the value, or the nearest thing around it, begins. */
function offsetOf(document: Document, path: FieldPath): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = isCollection(document.contents)
      ? document.contents.getIn(path.slice(0, length), true)
      : undefined
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

function decode(root: FieldReader, path: string): Kubeconfig {
  const folder = dirname(path)
  const [version, kind] = [root.text('apiVersion'), root.text('kind')]
  if ((version !== '' && version !== 'v1') || (kind !== '' && kind !== 'Config'))
    throw new FieldError(
      [version === '' || version === 'v1' ? 'kind' : 'apiVersion'],
      'is not that of a Config of v1',
    )

  const read = <T>(
    list: string,
    field: string,
    parse: (name: string, value: FieldReader) => T,
  ): Map<string, T> => {
    const entries = new Map<string, T>()
    for (const [index, item] of root.list(list).entries()) {
      const name = item.text('name')
      if (entries.has(name))
        throw new FieldError([list, index, 'name'], `is a second ${JSON.stringify(name)} in the list`)
      entries.set(name, parse(name, item.fields(field) ?? readFields({})))
    }
    entries.delete('')
    return entries
  }

  return {
    currentContext: root.text('current-context'),
    contexts: read('contexts', 'context', (name, value) => parseContext(name, value, path)),
    clusters: read('clusters', 'cluster', (name, value) => parseCluster(name, value, path, folder)),
    users: read('users', 'user', (name, value) => parseUser(name, value, path, folder)),
    problems: [],
  }
}

function parseContext(name: string, value: FieldReader, source: string): KubeconfigContext {
  return {
    name,
    source,
    cluster: value.text('cluster'),
    user: value.text('user'),
    namespace: value.text('namespace') || 'default',
  }
}

function parseCluster(name: string, value: FieldReader, source: string, folder: string): KubeconfigCluster {
  const extension = value
    .list('extensions')
    .find(item => item.text('name') === 'client.authentication.k8s.io/exec')
  return {
    name,
    source,
    server: value.text('server'),
    isInsecure: value.flag('insecure-skip-tls-verify'),
    ...optional('tlsServerName', value.text('tls-server-name')),
    ...optional('certificateAuthority', asPath(value.text('certificate-authority'), folder)),
    ...optional('certificateAuthorityData', value.base64('certificate-authority-data')),
    ...optional('proxyUrl', value.text('proxy-url')),
    ...(extension === undefined ? {} : { execConfig: extension.raw('extension') }),
  }
}

function parseUser(name: string, value: FieldReader, source: string, folder: string): KubeconfigUser {
  const provider = value.fields('auth-provider')
  const exec = value.fields('exec')
  const impersonate = parseImpersonation(value)
  return {
    name,
    source,
    ...optional('clientCertificate', asPath(value.text('client-certificate'), folder)),
    ...optional('clientCertificateData', value.base64('client-certificate-data')),
    ...optional('clientKey', asPath(value.text('client-key'), folder)),
    ...optional('clientKeyData', value.base64('client-key-data')),
    ...optional('token', value.text('token')),
    ...optional('tokenFile', asPath(value.text('tokenFile'), folder)),
    ...optional('username', value.text('username')),
    ...optional('password', value.text('password')),
    ...(impersonate === undefined ? {} : { impersonate }),
    ...(provider === undefined
      ? {}
      : { authProvider: { name: provider.text('name'), config: textsByKey(provider.fields('config')) } }),
    ...(exec === undefined ? {} : { exec: parseExec(exec, folder) }),
  }
}

/** Also where only groups are named: whoever drops them acts with more rights than the kubeconfig gives. */
function parseImpersonation(value: FieldReader): Impersonation | undefined {
  const extra = value.fields('as-user-extra')
  const impersonation = {
    user: value.text('as'),
    uid: value.text('as-uid'),
    groups: value.texts('as-groups'),
    extra: Object.fromEntries(extra?.keys().map(key => [key, extra.texts(key)]) ?? []),
  }
  const { user, uid, groups } = impersonation
  const isEmpty =
    user === '' && uid === '' && groups.length === 0 && Object.keys(impersonation.extra).length === 0
  return isEmpty ? undefined : impersonation
}

const textsByKey = (fields: FieldReader | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(fields?.keys().map(key => [key, fields.text(key)]) ?? [])

function parseExec(value: FieldReader, folder: string): ExecPlugin {
  const command = value.text('command')
  return {
    apiVersion: value.text('apiVersion'),
    // A command with a path is relative to the file, a bare name is looked for on PATH.
    // Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuration
    command: /[/\\]/.test(command) && !isAbsolute(command) ? resolve(folder, command) : command,
    args: value.texts('args'),
    env: value.list('env').map(item => ({ name: item.text('name'), value: item.text('value') })),
    interactiveMode: value.text('interactiveMode'),
    provideClusterInfo: value.flag('provideClusterInfo'),
    ...optional('installHint', asPlainText(value.text('installHint'))),
  }
}

const MAX_HINT_LENGTH = 1000

/** The kubeconfig's own words: without what a terminal would take for a command, and not longer than a hint is. */
const asPlainText = (text: string): string =>
  text
    .replace(/[^\P{Cc}\n]/gu, '')
    .slice(0, MAX_HINT_LENGTH)
    .trim()

const asPath = (path: string, folder: string): string => (path === '' ? '' : resolve(folder, path))

const optional = <Key extends string>(key: Key, value: string): Partial<Record<Key, string>> =>
  value === '' ? {} : ({ [key]: value } as Record<Key, string>)
