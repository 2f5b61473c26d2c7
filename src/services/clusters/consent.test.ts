import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  authorityData,
  clusterOf,
  createClusterFixture,
  kubeconfigOf,
  problemOf,
  type ClusterFixture,
  type TestServer,
} from './cluster-fixture.ts'
import type { ClustersBackend } from './clusters.ts'

let fixture: ClusterFixture
beforeEach(async () => (fixture = await createClusterFixture()))
afterEach(() => fixture.close())

const signal = new AbortController().signal

/** A plugin that says that it ran, and gives its name as the token. */
async function writePlugin(path: string, token: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(
    path,
    `#!/bin/sh
echo "$0" >> '${join(fixture.folder, 'runs')}'
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${token}"}}'`,
  )
  await chmod(path, 0o755)
}
const runs = async (): Promise<string[]> =>
  (await readFile(join(fixture.folder, 'runs'), 'utf8').catch(() => ''))
    .split('\n')
    .filter(line => line !== '')

const exec = (command: string): string =>
  `exec: {apiVersion: client.authentication.k8s.io/v1, command: ${command}, interactiveMode: Never}`

async function missingConsent(clusters: ClustersBackend) {
  for await (const state of clusters.watchConnection({ context: 'c' }, signal)) {
    if (state.kind === 'restricted') return state.command
    if (state.kind !== 'connecting' && state.kind !== 'idle') return undefined
  }
  return undefined
}

async function approve(clusters: ClustersBackend): Promise<void> {
  const command = await missingConsent(clusters)
  await clusters.approveCommand({ context: 'c', fingerprint: command?.fingerprint ?? '' }, signal)
}

/** 401 to everything: each request asks the plugin again. */
const refusing = (): Promise<TestServer> =>
  fixture.serve({ answer: (_request, response) => response.writeHead(401).end('{}') })

test('a program that is put earlier on PATH after the consent does not run', async () => {
  const [early, late] = [join(fixture.folder, 'early'), join(fixture.folder, 'late')]
  await writePlugin(join(late, 'login'), 'good')
  const server = await refusing()
  const clusters = await fixture.open(kubeconfigOf(clusterOf(server), exec('login')), {
    PATH: [early, late, process.env['PATH']].join(delimiter),
  })
  await approve(clusters)
  const client = clusters.client('c')
  expect(await problemOf(client.readJson({ path: '/a' }))).toMatchObject({ code: 'unauthorized' })
  const before = await runs()
  expect(new Set(before)).toEqual(new Set([join(late, 'login')]))

  await writePlugin(join(early, 'login'), 'evil')
  expect(await problemOf(client.readJson({ path: '/a' }))).toMatchObject({ code: 'restricted' })
  expect(await runs()).not.toContain(join(early, 'login'))
  expect(server.seen.flatMap(({ identity }) => identity['authorization'] ?? [])).not.toContain('Bearer evil')
})

test('a link to the program that leads elsewhere after the consent asks again', async () => {
  const link = join(fixture.folder, 'bin', 'login')
  await writePlugin(join(fixture.folder, 'v1', 'login'), 'good')
  await writePlugin(join(fixture.folder, 'v2', 'login'), 'evil')
  await mkdir(join(link, '..'))
  await symlink('../v1/login', link)
  const clusters = await fixture.open(kubeconfigOf(clusterOf(await refusing()), exec(link)))
  expect(await missingConsent(clusters)).toMatchObject({ command: join(fixture.folder, 'v1', 'login') })
  await approve(clusters)
  await problemOf(clusters.client('c').readJson({ path: '/a' }))
  await rm(link)
  await symlink('../v2/login', link)
  expect(await problemOf(clusters.client('c').readJson({ path: '/a' }))).toMatchObject({ code: 'restricted' })
  expect(new Set(await runs())).toEqual(new Set([join(fixture.folder, 'v1', 'login')]))
})

test.each([
  ['another address', (server: TestServer, other: TestServer) => [clusterOf(server), clusterOf(other)]],
  [
    'another authority',
    (server: TestServer) => [
      clusterOf(server),
      clusterOf(server).replace(authorityData, Buffer.from('another').toString('base64')),
    ],
  ],
  [
    'no verification',
    (server: TestServer) => [clusterOf(server), `server: '${server.url}', insecure-skip-tls-verify: true`],
  ],
  [
    'another name in the certificate',
    (server: TestServer) => [clusterOf(server), `${clusterOf(server)}, tls-server-name: localhost`],
  ],
])(
  'a server with %s does not get the token that was allowed for the earlier one',
  async (_name, clustersOf) => {
    await writePlugin(join(fixture.folder, 'login'), 'good')
    const [server, other] = [await fixture.serve(), await fixture.serve()]
    const [first = '', second = ''] = clustersOf(server, other)
    const before = await fixture.open(kubeconfigOf(first, exec('./login')))
    await approve(before)
    await before.client('c').readJson({ path: '/a' })
    await before.stop()
    const [seen, ran] = [server.seen.length, (await runs()).length]

    const after = await fixture.open(kubeconfigOf(second, exec('./login')))
    expect(await missingConsent(after)).toMatchObject({ command: join(fixture.folder, 'login') })
    expect(await problemOf(after.client('c').readJson({ path: '/a' }))).toMatchObject({ code: 'restricted' })
    expect([server.seen.length, other.seen.length, (await runs()).length]).toEqual([seen, 0, ran])
  },
)

test('an approval of before servers were bound asks again', async () => {
  await writePlugin(join(fixture.folder, 'login'), 'good')
  const clusters = await fixture.open(kubeconfigOf(clusterOf(await fixture.serve()), exec('./login')))
  await mkdir(join(fixture.folder, 'data'), { recursive: true })
  // What 0.1.0 wrote: the hash of command, arguments and environment.
  const { createHash } = await import('node:crypto')
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([join(fixture.folder, 'login'), [], []]))
    .digest('hex')
  await writeFile(
    join(fixture.folder, 'data', 'approved-commands.json'),
    JSON.stringify([{ user: 'u', fingerprint }]),
  )
  expect(await problemOf(clusters.client('c').readJson({ path: '/a' }))).toMatchObject({ code: 'restricted' })
  expect(await runs()).toEqual([])
})

test.each([
  ['tokenFile', 'tokenFile: pki/secret', ''],
  ['client-certificate', 'client-certificate: pki/secret, client-key-data: QQ==', ''],
  ['client-key', 'client-key: pki/secret, client-certificate-data: QQ==', ''],
  ['certificate-authority', 'token: a', ', certificate-authority: pki/secret'],
  [
    'idp-certificate-authority',
    'auth-provider: {name: oidc, config: {idp-issuer-url: "https://i", client-id: a, idp-certificate-authority: KUBE/pki/secret}}',
    '',
  ],
])('%s behind a link that leaves the folder is asked for by its real path', async (_name, user, cluster) => {
  const { folder } = fixture
  const outside = await createClusterFixture()
  try {
    await writeFile(join(outside.folder, 'secret'), 'token')
    await symlink(outside.folder, join(folder, 'pki'))
    const clusters = await fixture.open(
      kubeconfigOf(`server: 'https://127.0.0.1:1'${cluster}`, user.replace('KUBE', folder)),
    )
    const consent = await missingConsent(clusters)
    expect(consent).toMatchObject({ command: 'read', args: [join(outside.folder, 'secret')] })

    // Allowed for this file; a link that comes to lead to another one is another question.
    await clusters.approveCommand({ context: 'c', fingerprint: consent?.fingerprint ?? '' }, signal)
    await rm(join(folder, 'pki'))
    await symlink('/etc', join(folder, 'pki'))
    expect(await problemOf(clusters.client('c').readJson({ path: '/a' }))).toMatchObject({
      code: 'restricted',
    })
  } finally {
    await outside.close()
  }
})
