import { execFile } from 'node:child_process'
import { access, copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { failureOf, startBackend, type EndedTask, type LabBackend } from './backend.ts'
import { labFolder, startLab, type Lab } from './lab.ts'

const run = promisify(execFile)
const NAME = 'linkerd-installed'
const GATEWAY_API = join(labFolder(), 'data/gateway-api-1.5.1-standard.yaml')
const signal = new AbortController().signal

test.describe.configure({ mode: 'serial' })

let lab: Lab
let backend: LabBackend
let programs = ''

test.beforeAll(async () => {
  lab = await startLab(NAME, { withoutIstiod: true })
  backend = await startBackend(lab)
  programs = backend.programs
  await mkdir(programs)
  await copyFile(join(import.meta.dirname, 'linkerd-program.sh'), join(programs, 'linkerd'))
})

test.afterAll(async () => {
  await backend.stop()
  await lab.stop()
})

const runTask = (kind: string, input: object): Promise<EndedTask> =>
  backend.runTask(kind, { context: NAME, ...input })

const plan = (action: 'install' | 'upgrade' | 'uninstall', more: object = {}) =>
  backend.handlers.planLinkerd(
    { action, context: NAME, isHighAvailability: false, hasViz: false, ...more },
    signal,
  )

/** Every file of the app's folder as one text. */
async function readAll(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter(each => each.isFile() && !each.parentPath.includes('downloads'))
  return (await Promise.all(files.map(each => readFile(join(each.parentPath, each.name), 'utf8')))).join('\n')
}

test('without the Gateway API the checks name it, and its download fails with the cause', async () => {
  const checks = await backend.handlers.checkLinkerd({ context: NAME, isBefore: true }, signal)
  expect(checks.find(({ result }) => result === 'error')).toEqual({
    category: 'gateway-api-crd',
    description: 'Gateway API CRDs are installed',
    result: 'error',
    hint: 'https://linkerd.io/2/checks/#gateway-api',
  })
  const task = await runTask('linkerd-install', { isHighAvailability: false, hasViz: false })
  expect(task.state).toBe('failed')
  expect(failureOf(task)).toMatch(/^gateway-api: The connection to 127\.0\.0\.1:9 failed/)
  expect(task.lines).toContain('The cluster has no Gateway API: 1.5.1 is installed')
  await expect(lab.kubectl('get', 'namespace', 'linkerd')).rejects.toThrow(/not found/)
})

test('it is previewed and installed in order, with certificates made here that openssl verifies', async () => {
  const prepared = await backend.handlers.prepareLinkerdIdentity({ kind: 'made' }, signal)
  expect(prepared.anchorKey).toContain('BEGIN EC PRIVATE KEY')

  const before = await plan('install', {
    identity: prepared.id,
    hasViz: true,
    gatewayApiFile: GATEWAY_API,
  })
  expect(before.gatewayApi).toMatchObject({ action: 'install', version: '1.5.1' })
  expect(before.changes.find(({ id }) => id.name === 'linkerd-identity')?.action).toBe('create')
  // What comes along is among the objects too: the Gateway API and viz.
  for (const name of ['httproutes.gateway.networking.k8s.io', 'metrics-api'])
    expect(before.changes.find(({ id }) => id.name === name)?.action).toBe('create')
  expect(before.changes.flatMap(({ problems }) => problems)).toEqual([])
  expect(JSON.stringify(before)).not.toContain(
    (await readFile(join(programs, 'issuer.key'), 'utf8')).split('\n')[1],
  )

  const task = await runTask('linkerd-install', {
    isHighAvailability: true,
    hasViz: false,
    identity: prepared.id,
    gatewayApiFile: GATEWAY_API,
  })
  expect(failureOf(task)).toBe('')
  expect(task.state).toBe('done')
  const calls = (await readFile(join(programs, 'calls'), 'utf8')).trim().split('\n')
  const order = calls.slice(calls.findLastIndex(line => line.startsWith('check --pre')))
  const commands = order
    .filter(line => !line.startsWith('version'))
    .map(line => line.split(/ --(?:context|identity)/)[0])
  expect(commands).toEqual([
    'check --pre --output json',
    'install --crds',
    'install --ha',
    'check --wait 60s --output json',
  ])

  // Files for their owner only, in a folder for its owner only, which is gone.
  expect(await readFile(join(programs, 'modes'), 'utf8')).toBe('600\n600\n600\n700\n')
  const keyFile = /--identity-issuer-key-file (\S+)/.exec(calls.join('\n'))?.[1] ?? ''
  await expect(access(keyFile)).rejects.toThrow(/ENOENT/)

  const openssl = async (...args: readonly string[]): Promise<string> =>
    (await run('openssl', [...args], { cwd: programs })).stdout
  expect(await openssl('verify', '-x509_strict', '-CAfile', 'ca.crt', 'issuer.crt')).toContain(
    'issuer.crt: OK',
  )
  const issuer = await openssl('x509', '-in', 'issuer.crt', '-noout', '-text')
  expect(issuer).toContain('Subject: CN = identity.linkerd.cluster.local')
  expect(issuer).toMatch(/CA:TRUE, pathlen:0/)
  expect(issuer).toMatch(/Certificate Sign, CRL Sign/)
  expect(issuer).toContain('NIST CURVE: P-256')
  const anchor = await openssl('x509', '-in', 'ca.crt', '-noout', '-text')
  expect(anchor).toContain('Subject: CN = root.linkerd.cluster.local')
  expect(anchor).toMatch(/CA:TRUE, pathlen:1/)
  await openssl('ec', '-in', 'issuer.key', '-noout', '-check')

  // No line of a key is in the history, the logs or anything else on the disk.
  const stored = await readAll(backend.dataFolder)
  const keys = [await readFile(join(programs, 'issuer.key'), 'utf8'), prepared.anchorKey ?? '']
  for (const line of keys
    .join('\n')
    .split('\n')
    .filter(each => each !== '' && !each.startsWith('-----'))) {
    expect(stored).not.toContain(line)
    expect(task.lines).not.toContain(line)
  }
})

test('its state, its certificates and its checks are shown; a second installation is refused', async () => {
  const state = await backend.handlers.readLinkerd({ context: NAME }, signal)
  expect(state).toMatchObject({
    installation: { namespace: 'linkerd', version: 'edge-26.8.3', isByHelm: false },
    gatewayApi: { version: 'v1.5.1', channel: 'standard' },
    meshedPods: 0,
    otherMeshes: [],
  })
  expect(
    state.certificates.map(({ role, subject, place, lifetime }) => [role, subject, place, lifetime.state]),
  ).toEqual([
    ['root', 'CN=root.linkerd.cluster.local', 'ConfigMap linkerd/linkerd-identity-trust-roots', 'valid'],
    ['issuer', 'CN=identity.linkerd.cluster.local', 'Secret linkerd/linkerd-identity-issuer', 'valid'],
  ])
  const checks = await backend.handlers.checkLinkerd({ context: NAME, isBefore: false }, signal)
  expect(checks.every(({ result }) => result === 'success')).toBe(true)
  const again = await runTask('linkerd-install', { isHighAvailability: false, hasViz: false })
  expect(failureOf(again)).toContain('look: Linkerd edge-26.8.3 is already installed in linkerd')
})

test('viz comes and goes', async () => {
  expect(failureOf(await runTask('linkerd-viz', { isOn: true }))).toBe('')
  expect((await backend.handlers.readLinkerd({ context: NAME }, signal)).viz?.namespace).toBe('linkerd-viz')
  await expect(lab.kubectl('get', 'apiservice', 'v1alpha1.tap.linkerd.io')).resolves.toContain('tap')
  expect(failureOf(await runTask('linkerd-viz', { isOn: false }))).toBe('')
  await expect(lab.kubectl('get', 'namespace', 'linkerd-viz')).rejects.toThrow(/not found/)
  await expect(
    lab.kubectl('-n', 'kube-system', 'get', 'rolebinding', 'linkerd-linkerd-viz-tap-auth-reader'),
  ).rejects.toThrow(/not found/)
  // Again for the uninstall, which takes it away first.
  expect(failureOf(await runTask('linkerd-viz', { isOn: true }))).toBe('')
})

test('an upgrade is previewed as a diff, replaces the control plane and deletes what is left over', async () => {
  await writeFile(join(programs, 'newer'), '')
  await lab.apply(
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: linkerd-linkerd-of-before}\n',
  )
  const preview = await plan('upgrade')
  const identity = preview.changes.find(
    ({ id }) => id.kind === 'Deployment' && id.name === 'linkerd-identity',
  )
  expect(identity?.action).toBe('update')
  expect(identity?.before).toContain('controller:edge-26.8.3')
  expect(identity?.after).toContain('controller:edge-26.9.1')
  expect(preview.changes.filter(({ action }) => action === 'delete').map(({ id }) => id.name)).toEqual([
    'linkerd-linkerd-of-before',
  ])
  expect(preview.gatewayApi?.action).toBe('keep')

  const task = await runTask('linkerd-upgrade', {})
  expect(failureOf(task)).toBe('')
  const state = await backend.handlers.readLinkerd({ context: NAME }, signal)
  expect(state.installation?.version).toBe('edge-26.9.1')
  await expect(lab.kubectl('get', 'clusterrole', 'linkerd-linkerd-of-before')).rejects.toThrow(/not found/)
  // What others use stays, even where the program calls it its own.
  await expect(lab.kubectl('get', 'crd', 'httproutes.gateway.networking.k8s.io')).resolves.toContain(
    'httproutes',
  )
  await rm(join(programs, 'newer'))
  expect(failureOf(await runTask('linkerd-upgrade', {}))).toContain(
    'look: The linkerd program is edge-26.8.3, older than the control plane (edge-26.9.1)',
  )
})

test('an uninstall warns of pods that are left, and leaves what it says', async () => {
  await lab.apply(`apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {linkerd.io/control-plane-ns: linkerd}}
spec: {containers: [{name: web, image: nginx}]}
---
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata: {name: web.shop.svc.cluster.local, namespace: shop}
spec: {routes: []}
`)
  const preview = await plan('uninstall')
  expect(preview.blocker?.message).toBe('Linkerd is not uninstalled: pods with its proxies are left (1)')
  expect(preview.blocker?.raw).toBe('shop/web')
  expect(preview.warnings).toEqual(['1 ServiceProfile objects are deleted with their CRD.'])
  expect(preview.stays).toEqual([
    'The CRDs of the Gateway API v1.5.1, as others can use them too.',
    'The annotation linkerd.io/inject of the namespaces shop.',
    'The proxies of these pods until they are restarted: shop/web.',
  ])
  const kinds = preview.changes.map(({ id }) => id.kind)
  expect(kinds.indexOf('MutatingWebhookConfiguration')).toBeLessThan(kinds.lastIndexOf('Namespace'))

  expect(failureOf(await runTask('linkerd-uninstall', {}))).toContain('look: Linkerd is not uninstalled')
  await expect(lab.kubectl('get', 'namespace', 'linkerd')).resolves.toContain('linkerd')

  const task = await runTask('linkerd-uninstall', { isForced: true })
  expect(failureOf(task)).toBe('')
  for (const stay of preview.stays) expect(task.lines).toContain(`Left as it is: ${stay}`)
  const left = await lab.kubectl(
    'get',
    'ns,crd,clusterrole,clusterrolebinding,apiservice,validatingwebhookconfiguration,mutatingwebhookconfiguration',
    '-o',
    'name',
  )
  expect(left.split('\n').filter(line => /linkerd/.test(line))).toEqual([])
  expect(left).toContain('httproutes.gateway.networking.k8s.io')
  expect(left).toContain('namespace/shop')
  const state = await backend.handlers.readLinkerd({ context: NAME }, signal)
  expect(state.installation).toBeUndefined()
})
