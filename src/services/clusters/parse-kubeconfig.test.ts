import { describe, expect, test } from 'vitest'
import { findDefinition } from './kubeconfig.ts'
import { parseKubeconfig } from './parse-kubeconfig.ts'
import { validateDefinition } from './validate-definition.ts'

const kubeconfig = (user: string, cluster = "server: 'https://k'"): string => `apiVersion: v1
kind: Config
clusters: [{name: k, cluster: {${cluster}}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
current-context: c
users:
- name: u
  user: {${user}}
`
const good = kubeconfig('token: abc')
const parse = (text: string) => parseKubeconfig(text, '/kube/config')

// What kubectl 1.36 said to each of these texts.
describe('a file that kubectl does not load is one problem at its line, and has no contexts', () => {
  test.each([
    [
      'a name that stands twice',
      good.replace("cluster: {server: 'https://k'}}", "cluster: {server: 'https://k'}}, {name: k}"),
      'clusters[1].name',
      3,
    ],
    ['an as that is a number', kubeconfig('as: 1000, as-groups: [a]'), 'users[0].user.as', 8],
    ['a group that is a number', kubeconfig('as: a, as-groups: [b, 1]'), 'users[0].user.as-groups[1]', 8],
    ['groups that are one text', kubeconfig('as: a, as-groups: b'), 'users[0].user.as-groups', 8],
    [
      'extra fields that are one text',
      kubeconfig('as: a, as-user-extra: {k: v}'),
      'users[0].user.as-user-extra.k',
      8,
    ],
    ['a token that is a number', kubeconfig('token: 123'), 'users[0].user.token', 8],
    [
      'a text for a boolean',
      kubeconfig('', "server: a, insecure-skip-tls-verify: 'true'"),
      'clusters[0].cluster.insecure-skip-tls-verify',
      3,
    ],
    [
      'base64 that is none',
      kubeconfig('', 'server: a, certificate-authority-data: "@@"'),
      'clusters[0].cluster.certificate-authority-data',
      3,
    ],
    ['users that are a map', good.replace(/users:\n[^]*/, 'users: {a: b}\n'), 'users', 6],
    ['another kind', good.replace('Config', 'Pod'), 'kind', 2],
    ['another version', good.replace('apiVersion: v1', 'apiVersion: v2'), 'apiVersion', 1],
  ])('%s', (_name, text, field, line) => {
    const { contexts, users, problems } = parse(text)
    expect([contexts.size, users.size]).toEqual([0, 0])
    expect(problems).toMatchObject([{ code: 'invalid', line }])
    expect(problems[0]?.message).toContain(field)
  })
})

describe('a file is read as kubectl reads it', () => {
  test.each([
    ['only the first of several documents', `${good}---\n${good.replaceAll('name: c,', 'name: d,')}`, ['c']],
    ['whatever stands behind the first document', `${good}---\na: [`, ['c']],
    ['a comment before the document', `# mine\n---\n${good}`, ['c']],
    ['an empty first document', `---\n---\n${good}`, []],
    ['null lists', 'clusters: null\ncontexts: null\nusers: null\ncurrent-context: ""\npreferences: {}\n', []],
    ['a null item of a list', good.replace('contexts: [', 'contexts: [null, '), ['c']],
    ['carriage returns', good.replaceAll('\n', '\r\n'), ['c']],
    ['no kind and no version', good.replace(/^.*\n.*\n/, ''), ['c']],
    ['a key that stands twice', kubeconfig('token: x, token: abc'), ['c']],
    [
      'extensions',
      good.replace(
        "'https://k'",
        "'https://k', extensions: [{name: cluster_info, extension: {last-update: 2026-01-02}}]",
      ),
      ['c'],
    ],
  ])('%s', (_name, text, contexts) => {
    const read = parse(text)
    expect(read.problems).toEqual([])
    expect([...read.contexts.keys()]).toEqual(contexts)
    if (contexts.length > 0) expect(read.users.get('u')).toMatchObject({ token: 'abc' })
  })

  test.each(['yes', 'y', 'on', 'True', 'true'])('insecure-skip-tls-verify: %s', value => {
    const { clusters } = parse(kubeconfig('', `server: 'https://k', insecure-skip-tls-verify: ${value}`))
    expect(clusters.get('k')).toMatchObject({ isInsecure: true })
  })

  test('merge keys', () => {
    const { clusters } = parse(`clusters:
- {name: k, cluster: &base {server: 'https://k', tls-server-name: a}}
- {name: l, cluster: {<<: *base, tls-server-name: b}}
`)
    expect(clusters.get('l')).toMatchObject({ server: 'https://k', tlsServerName: 'b' })
  })

  test('base64 over several lines', () => {
    const { clusters } = parse(
      'clusters:\n- name: k\n  cluster:\n    certificate-authority-data: |\n      REDA\n      CTED\n\n\n',
    )
    expect(clusters.get('k')).toMatchObject({ certificateAuthorityData: 'REDACTED' })
  })

  test('a null of exec, env and groups is nothing', () => {
    const { users } = parse(
      kubeconfig(
        'exec: {command: aws, env: null, args: [a]}, as: null, as-groups: null, auth-provider: null',
      ),
    )
    expect(users.get('u')).toEqual({
      name: 'u',
      source: '/kube/config',
      exec: {
        apiVersion: '',
        command: 'aws',
        args: ['a'],
        env: [],
        interactiveMode: '',
        provideClusterInfo: false,
      },
    })
  })

  test('the text that says how to install a plugin has no control characters', () => {
    const { users } = parse(kubeconfig(String.raw`exec: {command: a, installHint: "get\x1b[31m it\nhere"}`))
    expect(users.get('u')?.exec?.installHint).toBe('get[31m it\nhere')
  })
})

// What kubectl 1.36 refused when it was to use these, and what it did not.
const exec = 'command: a, apiVersion: client.authentication.k8s.io/v1'
test.each([
  ['a token', 'token: a', '', undefined],
  [
    'an authority that is turned off',
    'token: a',
    ', certificate-authority-data: QQ==, insecure-skip-tls-verify: true',
    'invalid',
  ],
  ['groups without a user', 'token: a, as-groups: [b]', '', 'invalid'],
  ['a uid without a user', 'token: a, as-uid: "7"', '', 'invalid'],
  ['extra fields without a user', 'token: a, as: "", as-user-extra: {a: [b]}', '', 'invalid'],
  ['a token and a password', 'token: a, username: b, password: c', '', 'invalid'],
  ['a certificate without its key', 'client-certificate-data: QQ==', '', 'invalid'],
  [
    'a certificate twice',
    'client-certificate-data: QQ==, client-certificate: a, client-key: b',
    '',
    'invalid',
  ],
  ['exec without a mode', `exec: {${exec}}`, '', 'invalid'],
  ['exec of v1beta1 without a mode', `exec: {${exec}beta1}`, '', undefined],
  [
    'exec with an auth-provider',
    `exec: {${exec}, interactiveMode: Never}, auth-provider: {name: oidc}`,
    '',
    'invalid',
  ],
  ['exec without a command', 'exec: {}', '', 'invalid'],
  ['the provider gcp, with a token too', 'token: a, auth-provider: {name: gcp}', '', 'unsupported'],
  ['the provider azure', 'auth-provider: {name: azure}', '', 'unsupported'],
  ['a provider nobody knows', 'auth-provider: {name: openstack}', '', 'unsupported'],
  ['a provider without a name', 'auth-provider: {}', '', 'unsupported'],
  [
    'the provider oidc',
    'auth-provider: {name: oidc, config: {idp-issuer-url: "https://i", client-id: a}}',
    '',
    undefined,
  ],
  [
    'the provider oidc without its issuer',
    'auth-provider: {name: oidc, config: {client-id: a}}',
    '',
    'invalid',
  ],
  ['a socks5 proxy', 'token: a', ", proxy-url: 'socks5://p:1'", undefined],
  ['a socks5h proxy, which Go does not know here', 'token: a', ", proxy-url: 'socks5h://p:1'", 'invalid'],
  ['a proxy without a scheme', 'token: a', ", proxy-url: '127.0.0.1:1'", 'invalid'],
  ['an ftp proxy', 'token: a', ", proxy-url: 'ftp://p:1'", 'invalid'],
])('%s', (_name, user, cluster, code) => {
  const definition = findDefinition(parse(kubeconfig(user, `server: 'https://k'${cluster}`)), 'c')
  expect(definition && validateDefinition(definition)?.code).toBe(code)
  expect(definition).toBeDefined()
})

test.each([
  ['3 MB of a flow list', `users: [${'x,'.repeat(1_500_000)}x]`],
  ['3 MB of contexts', `contexts:\n${'- {name: a}\n'.repeat(250_000)}`],
  ['more than 4 MB', `a: ${'x'.repeat(5_000_000)}`],
  [
    'merge keys that multiply',
    `a0: &a0 {x: 1}\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}]}`).join('\n')}`,
  ],
])('%s is refused before it is parsed', (_name, text) => {
  expect(parse(text).problems).toMatchObject([{ code: 'too-large' }])
})

test('a thousand contexts with their certificates are read', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `c${index}`)
  const data = 'QUJD'.repeat(250)
  const text = [
    'clusters:',
    ...names.map(
      name =>
        `- name: ${name}\n  cluster:\n    server: https://${name}\n    certificate-authority-data: ${data}`,
    ),
    'contexts:',
    ...names.map(name => `- name: ${name}\n  context:\n    cluster: ${name}\n    user: ${name}`),
    'users:',
    ...names.map(
      name => `- name: ${name}\n  user:\n    client-certificate-data: ${data}\n    client-key-data: ${data}`,
    ),
  ].join('\n')
  const { contexts, problems } = parse(text)
  expect(problems).toEqual([])
  expect(contexts.size).toBe(1000)
})
