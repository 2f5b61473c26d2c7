import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fingerprintOf, listConsents } from './consent.ts'
import { followKubeconfigFiles, listKubeconfigFiles, readKubeconfigFiles } from './kubeconfig-files.ts'
import { findDefinition } from './kubeconfig.ts'
import { parseKubeconfig } from './parse-kubeconfig.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  await mkdir(join(folder, 'b'))
})
afterAll(() => rm(folder, { recursive: true }))

const first = `
contexts:
- {name: one, context: {cluster: shared, user: me, namespace: apps}}
- {name: dup, context: {cluster: shared, user: me}}
clusters:
- {name: shared, cluster: {server: 'https://first:6443', certificate-authority: pki/ca.crt, tls-server-name: api}}
users:
- {name: me, user: {token: '123'}}
`
const second = `
current-context: two
contexts:
- {name: two, context: {cluster: other, user: you}}
- {name: dup, context: {cluster: other, user: you, namespace: lost}}
clusters:
- {name: shared, cluster: {server: 'https://second:6443', insecure-skip-tls-verify: true}}
- {name: other, cluster: {server: 'http://other:8080', proxy-url: 'http://proxy:3128'}}
users:
- name: you
  user:
    client-certificate: you.crt
    client-key: ../you.key
    as: root
    as-groups: [a, b]
    exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/login, args: [x], env: [{name: A, value: "1"}]}
`

// The expected values, paths aside, are those of `kubectl config view --raw --merge` 1.36 on the same files.
test('files are merged as kubectl merges them', async () => {
  const [a, b] = [join(folder, 'a.yaml'), join(folder, 'b', 'config')]
  await writeFile(a, first)
  await writeFile(b, second)
  const env = { KUBECONFIG: ['', a, join(folder, 'missing'), b, a].join(delimiter) }
  expect(listKubeconfigFiles(env)).toEqual([a, join(folder, 'missing'), b])
  const merged = await readKubeconfigFiles(listKubeconfigFiles(env))

  expect(merged.problems).toEqual([])
  expect(merged.currentContext).toBe('two')
  expect([...merged.contexts.keys()]).toEqual(['one', 'dup', 'two'])
  expect(findDefinition(merged, 'dup')).toMatchObject({
    context: { cluster: 'shared', namespace: 'default', source: a },
    cluster: {
      server: 'https://first:6443',
      certificateAuthority: join(folder, 'pki', 'ca.crt'),
      tlsServerName: 'api',
      isInsecure: false,
    },
    user: { token: '123' },
  })
  expect(findDefinition(merged, 'two')).toMatchObject({
    cluster: { server: 'http://other:8080', proxyUrl: 'http://proxy:3128' },
    user: {
      clientCertificate: join(folder, 'b', 'you.crt'),
      clientKey: join(folder, 'you.key'),
      impersonate: { user: 'root', groups: ['a', 'b'] },
      exec: { command: join(folder, 'b', 'bin', 'login'), interactiveMode: '' },
    },
  })
})

test('without KUBECONFIG it is the file in the home folder', () => {
  expect(listKubeconfigFiles({ HOME: '/home/me', KUBECONFIG: '' })).toEqual([
    join('/home/me', '.kube', 'config'),
  ])
})

const bomb = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')
test.each([
  ['broken YAML says its line', 'contexts:\n- name: x\n  context: {cluster: "y\n', /cannot be read/, 4],
  ['a list is not a kubeconfig', '- a', /not a mapping/, 1],
  ['an alias bomb', `a0: &a0 [x]\n${bomb}`, /alias/i, undefined],
])('%s', (_name, text, message, line) => {
  const { problems, contexts } = parseKubeconfig(text, '/tmp/config')
  expect(contexts.size).toBe(0)
  expect(problems).toHaveLength(1)
  expect(problems[0]?.message).toMatch(message)
  expect(problems[0]?.line).toBe(line)
})

test('a broken file leaves the others working', async () => {
  const [good, bad] = [join(folder, 'good'), join(folder, 'bad')]
  await writeFile(good, first)
  await writeFile(bad, '{')
  const merged = await readKubeconfigFiles([bad, good])
  expect(merged.contexts.has('one')).toBe(true)
  expect(merged.problems).toHaveLength(1)
})

describe('consent', () => {
  const login = {
    command: '/opt/login',
    args: ['a', 'b'],
    env: [{ name: 'A', value: '1' }],
    server: 'https://a',
    authority: 'sha256:1',
  }
  test.each([
    ['command', { ...login, command: '/opt/login2' }],
    ['an argument', { ...login, args: ['a', 'c'] }],
    ['where arguments part', { ...login, args: ['a b'] }],
    ['order', { ...login, args: ['b', 'a'] }],
    ['the server', { ...login, server: 'https://b' }],
    ["the server's authority", { ...login, authority: 'sha256:2' }],
    ['environment', { ...login, env: [{ name: 'A', value: '2' }] }],
    ['more environment', { ...login, env: [...login.env, { name: 'LD_PRELOAD', value: 'x' }] }],
  ])('a change of %s is another fingerprint', (_name, other) => {
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(login))
    expect(fingerprintOf({ ...login })).toBe(fingerprintOf(login))
  })

  test.each([
    ['a token', '{token: a}', '', []],
    ['certificates beside the file', '{client-certificate: pki/a.crt, client-key: pki/a.key}', '', []],
    ['a token file elsewhere', '{tokenFile: /etc/token}', '', ['read /etc/token']],
    ['a key in the folder above', '{client-key: ../a.key}', '', ['read /a.key']],
    ['a command', '{exec: {command: /opt/login, args: [x]}}', '', ['/opt/login x']],
    ['a command that a token makes unnecessary', '{token: a, exec: {command: /opt/login}}', '', []],
    ['a proxy', '{token: a}', ', proxy-url: "http://p"', ['proxy http://p']],
  ])('%s', async (_name, user, cluster, expected) => {
    const text = `
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://c'${cluster}}}]
users: [{name: u, user: ${user}}]`
    const definition = findDefinition(parseKubeconfig(text, '/kube/config'), 'c')!
    const consents = await listConsents(definition, {})
    expect(consents.map(({ command, args }) => [command, ...args].join(' '))).toEqual(expected)
  })
})

test('a replaced file and a swapped link are noticed', async () => {
  const path = join(folder, 'followed')
  await writeFile(path, first)
  const next = (): Promise<void> =>
    new Promise(resolve => {
      const stop = followKubeconfigFiles([path], () => {
        stop()
        resolve()
      })
    })
  const replaced = next()
  await writeFile(`${path}.new`, second)
  await rename(`${path}.new`, path)
  await replaced

  await writeFile(join(folder, 'v1'), first)
  await writeFile(join(folder, 'v2'), second)
  await rm(path)
  await symlink('v1', path)
  const swapped = next()
  await symlink('v2', `${path}.link`)
  await rename(`${path}.link`, path)
  await swapped
})
