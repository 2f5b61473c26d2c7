import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { failureOf, startBackend, type EndedTask, type LabBackend } from './backend.ts'
import { startLab, type Lab } from './lab.ts'

const NAME = 'add-ons'
const signal = new AbortController().signal

test.describe.configure({ mode: 'serial' })

const OWN = `apiVersion: v1
kind: Namespace
metadata: {name: kiali}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kiali, namespace: kiali}
data: {a: b}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kiali-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: kiali, namespace: kiali}]
`

let lab: Lab
let backend: LabBackend
let server: Server
let url = ''
let served = OWN

test.beforeAll(async () => {
  lab = await startLab(NAME, { withoutIstiod: true })
  backend = await startBackend(lab)
  server = createServer((_request, response) => response.end(served))
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/kiali.yaml`
})

test.afterAll(async () => {
  server.close()
  await backend.stop()
  await lab.stop()
})

const runTask = (kind: string, input: object): Promise<EndedTask> =>
  backend.runTask(kind, { context: NAME, names: [], ...input })
const plan = (action: 'install' | 'remove', input: object) =>
  backend.handlers.planAddOns({ context: NAME, action, names: [], ...input }, signal)

test('ours are previewed, installed, seen and removed; nothing is left', async () => {
  const names = ['prometheus', 'jaeger', 'grafana'] as const
  const preview = await plan('install', { names })
  expect(preview.changes.flatMap(({ problems }) => problems)).toEqual([])
  expect(preview.changes.every(({ action }) => action === 'create')).toBe(true)
  expect(preview.clusterWide.toSorted()).toEqual([
    'ClusterRole mesh-addons-prometheus',
    'ClusterRoleBinding mesh-addons-prometheus',
    'Namespace mesh-addons',
  ])
  expect(preview.namespaces).toEqual(['mesh-addons'])
  expect(preview.powers).toEqual([
    'ClusterRole mesh-addons-prometheus holds rights in every namespace',
    'ClusterRoleBinding mesh-addons-prometheus gives mesh-addons/prometheus the role mesh-addons-prometheus in every namespace',
  ])
  expect(failureOf(await runTask('add-ons-install', { names }))).toBe('')
  const states = await backend.handlers.listAddOns({ context: NAME }, signal)
  expect(states.map(({ name, found }) => [name, found.map(each => [each.isOurs, each.isReady])])).toEqual(
    names.map(name => [name, [[true, true]]]),
  )
  for (const { image } of states) expect(image).toMatch(/:v?\d[^@]*@sha256:[0-9a-f]{64}$/)
  // Again is nothing new.
  expect((await plan('install', { names })).changes.filter(({ action }) => action !== 'unchanged')).toEqual(
    [],
  )

  expect(failureOf(await runTask('add-ons-remove', { names: ['jaeger'] }))).toBe('')
  await expect(lab.kubectl('-n', 'mesh-addons', 'get', 'deployments', '-o', 'name')).resolves.toBe(
    'deployment.apps/grafana\ndeployment.apps/prometheus\n',
  )
  expect(failureOf(await runTask('add-ons-remove', { names }))).toBe('')
  const left = await lab.kubectl('get', 'namespaces,clusterroles,clusterrolebindings', '-o', 'name')
  expect(left.split('\n').filter(line => line.includes('mesh-addons'))).toEqual([])
})

test('what somebody else installed is not doubled, and is not removed', async () => {
  await lab.kubectl('create', 'namespace', 'istio-system')
  await lab.kubectl(
    '-n',
    'istio-system',
    'create',
    'deployment',
    'prometheus',
    '--image=prom/prometheus:v3.5.0',
  )
  const preview = await plan('install', { names: ['prometheus'] })
  expect(preview.changes).toEqual([])
  expect(preview.warnings).toEqual([
    "Prometheus is already installed: istio-system/prometheus (Istio's samples); it is left as it is and no second one is installed.",
  ])
  const task = await runTask('add-ons-install', { names: ['prometheus'] })
  expect(failureOf(task)).toBe('')
  expect(task.lines).toContain('no second one is installed')
  await expect(lab.kubectl('get', 'namespace', 'mesh-addons')).rejects.toThrow(/not found/)
  expect(failureOf(await runTask('add-ons-remove', { names: ['prometheus'] }))).toBe('')
  await expect(lab.kubectl('-n', 'istio-system', 'get', 'deployment', 'prometheus')).resolves.toContain(
    'prometheus',
  )
})

test("the user's own manifest is named in full before, and only what was looked at is applied", async () => {
  await expect(plan('install', { manifest: { url: 'http://example.com/x.yaml' } })).rejects.toThrow(
    /not an https/,
  )
  const preview = await plan('install', { manifest: { url } })
  expect(preview.clusterWide).toEqual(['Namespace kiali', 'ClusterRoleBinding kiali-admin'])
  expect(preview.namespaces).toEqual(['kiali'])
  expect(preview.powers).toEqual([
    'ClusterRoleBinding kiali-admin gives kiali/kiali the role cluster-admin in every namespace: it may do everything',
  ])
  await expect(lab.kubectl('get', 'namespace', 'kiali')).rejects.toThrow(/not found/)
  const manifest = { url, sha256: preview.sha256 ?? '' }

  // Another text behind the same address is not applied.
  const wrong = { url, sha256: '0'.repeat(64) }
  expect(failureOf(await runTask('add-ons-install', { manifest: wrong }))).toMatch(
    /is not what was previewed any more/,
  )
  served = `${OWN}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: late, namespace: kiali}\n`
  expect(failureOf(await runTask('add-ons-install', { manifest }))).toBe('')
  await expect(lab.kubectl('-n', 'kiali', 'get', 'configmap', 'kiali')).resolves.toContain('kiali')
  await expect(lab.kubectl('-n', 'kiali', 'get', 'configmap', 'late')).rejects.toThrow(/not found/)

  const removal = await plan('remove', { manifest: { url } })
  expect(removal.changes.map(({ id, action }) => `${action} ${id.kind} ${id.name}`)).toEqual([
    'delete Namespace kiali',
    'delete ConfigMap kiali',
    'delete ClusterRoleBinding kiali-admin',
  ])
  expect(failureOf(await runTask('add-ons-remove', { manifest }))).toBe('')
  await expect(lab.kubectl('get', 'clusterrolebinding', 'kiali-admin')).rejects.toThrow(/not found/)

  served = '<!doctype html><title>Sign in</title>'
  await expect(plan('install', { manifest: { url } })).rejects.toThrow(/is not a manifest/)
  await expect(runTask('add-ons-install', {})).rejects.toThrow(/No add-on was chosen/)
})
