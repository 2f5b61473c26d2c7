import { expect, test as base } from '@playwright/test'
import { execFile } from 'node:child_process'
import { readFile, writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { modernizeIstioOptions } from '../../src/domain/setup/istio/modernize-istio-options.ts'
import { setIstioOption } from '../../src/domain/setup/istio/istio-options.ts'
import type { ChangeStep } from '../../src/shared/contract/changes.ts'
import { failureOf, startBackend, type LabBackend } from './backend.ts'
import { labTools, startLab, type Lab } from './lab.ts'
import { findLab } from './playground-process.ts'

// The whole life of Istio in one cluster, in order, by the real istioctl and its real istiod.

const run = promisify(execFile)
const NAME = 'istio-life'
const signal = new AbortController().signal
const DEMO = 'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n  profile: demo\n'
const APP = `
apiVersion: v1
kind: Namespace
metadata: {name: app, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
`

interface Setting {
  readonly lab: Lab
  readonly backend: LabBackend
}

const test = base.extend<object, { setting: Setting }>({
  setting: [
    async ({}, use) => {
      const lab = await startLab(NAME, { withoutIstiod: true })
      const backend = await startBackend(lab)
      await use({ lab, backend })
      await backend.stop()
      await lab.stop()
    },
    { scope: 'worker', timeout: 600_000 },
  ],
})
test.describe.configure({ mode: 'serial' })
test.skip(findLab() === undefined, 'no lab: neither MESH_WORKBENCH_LAB nor ../shared/lab is there')

const wordsOf = (changes: readonly ChangeStep[], action: ChangeStep['action']): string[] =>
  changes.filter(each => each.action === action).map(({ id }) => `${id.kind} ${id.name}`)

async function plan({ backend }: Setting, options: string) {
  return backend.handlers.planIstio({ action: 'install', context: NAME, options }, signal)
}

test('what an installation would do is seen before, and then done', async ({ setting }) => {
  const { backend, lab } = setting
  const { handlers } = backend
  expect(await handlers.precheckIstio({ context: NAME }, signal)).toEqual([])
  const before = await plan(setting, DEMO)
  expect(wordsOf(before.changes, 'create')).toEqual(
    expect.arrayContaining(['Namespace istio-system', 'Deployment istiod', 'Deployment istio-egressgateway']),
  )
  // What istioctl makes after its manifests, for the default tag, is in the preview too.
  expect(wordsOf(before.changes, 'create')).toEqual(
    expect.arrayContaining([
      'MutatingWebhookConfiguration istio-revision-tag-default',
      'ValidatingWebhookConfiguration istiod-default-validator',
      'Service istiod-revision-tag-default',
    ]),
  )
  expect(wordsOf(before.changes, 'update').concat(wordsOf(before.changes, 'delete'))).toEqual([])
  // Nothing was changed by looking.
  expect(await lab.kubectl('get', 'namespaces', '-o', 'name')).not.toContain('istio-system')

  const task = await backend.runTask('istio-install', { context: NAME, options: DEMO })
  expect([task.state, failureOf(task)]).toEqual(['done', ''])
  expect(task.lines).not.toContain('is not as planned')
  const made = await lab.kubectl(
    ...['get', 'deployments,services,configmaps,serviceaccounts,mutatingwebhookconfigurations'],
    ...['-A', '-l', 'operator.istio.io/component', '-o', 'name'],
  )
  const previewed = before.changes.map(({ id }) => id.name)
  const unseen = made.split('\n').filter(line => line !== '' && !previewed.includes(line.split('/')[1] ?? ''))
  expect(unseen).toEqual([])
  const after = await plan(setting, DEMO)
  expect(after.changes.filter(({ action }) => action !== 'unchanged')).toEqual([])
  expect(await handlers.readIstio({ context: NAME }, signal)).toMatchObject({
    installations: [
      {
        revision: 'default',
        version: '1.31.0',
        profile: 'demo',
        managedBy: 'istioctl',
        isReady: true,
        tags: ['default'],
      },
    ],
  })

  await test.step('installed again without having been looked at, it refuses', async () => {
    const again = await backend.runTask('istio-install', { context: NAME, options: DEMO })
    expect(failureOf(again)).toMatch(/check: Istio 1\.31\.0 is already installed in istio-system/)
  })
})

test('a changed option changes that and nothing else', async ({ setting }) => {
  const withoutEgress = setIstioOption(DEMO, 'hasEgress', false)
  const { changes } = await plan(setting, withoutEgress)
  expect(wordsOf(changes, 'create').concat(wordsOf(changes, 'update'))).toEqual([])
  expect(wordsOf(changes, 'delete').toSorted()).toEqual([
    'Deployment istio-egressgateway',
    'Role istio-egressgateway-sds',
    'RoleBinding istio-egressgateway-sds',
    'Service istio-egressgateway',
    'ServiceAccount istio-egressgateway-service-account',
  ])
  const task = await setting.backend.runTask('istio-install', {
    context: NAME,
    options: withoutEgress,
    confirmsOverwrite: true,
  })
  expect([task.state, failureOf(task)]).toEqual(['done', ''])
  expect(await setting.lab.kubectl('-n', 'istio-system', 'get', 'deployments', '-o', 'name')).not.toContain(
    'egress',
  )
})

test("the tutorial's old operator file is taken: its tracing becomes a provider and a Telemetry", async ({
  setting,
}) => {
  const file = resolve(import.meta.dirname, 'tutorial-tracing.yaml')
  const old = await readFile(file, 'utf8')
  const modern = modernizeIstioOptions(old)
  if ('problem' in modern) throw new Error(modern.problem.message)
  const { text, telemetry, notes } = modern
  expect(notes.map(({ code }) => code)).toEqual(['tracing-moved'])
  const options = setIstioOption(setIstioOption(text, 'profile', 'demo'), 'hasEgress', false)
  const task = await setting.backend.runTask('istio-install', {
    context: NAME,
    options,
    telemetry,
    confirmsOverwrite: true,
  })
  expect([task.state, failureOf(task)]).toEqual(['done', ''])
  const { lab } = setting
  expect(await lab.kubectl('-n', 'istio-system', 'get', 'configmap', 'istio', '-o', 'yaml')).toContain(
    'service: jaeger-collector.istio-system.svc.cluster.local',
  )
  expect(
    await lab.kubectl('-n', 'istio-system', 'get', 'telemetry', 'mesh-default', '-o', 'jsonpath={.spec}'),
  ).toBe('{"tracing":[{"providers":[{"name":"jaeger"}],"randomSamplingPercentage":100}]}')
})

test('upgraded by revision: beside, moved by a tag, and the old one removed when nothing uses it', async ({
  setting,
}) => {
  const { lab, backend } = setting
  const { handlers } = backend
  await lab.apply(APP)
  const canary =
    'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n  profile: minimal\n  revision: canary\n'
  const { changes } = await plan(setting, canary)
  expect(wordsOf(changes, 'create')).toContain('Deployment istiod-canary')
  expect(wordsOf(changes, 'delete')).toEqual([])
  const task = await backend.runTask('istio-install', { context: NAME, options: canary })
  expect([task.state, failureOf(task)]).toEqual(['done', ''])

  const tag = await backend.runTask('istio-tag', { context: NAME, tag: 'prod', revision: 'canary' })
  expect([tag.state, failureOf(tag)]).toEqual(['done', ''])
  await lab.kubectl('label', 'namespace', 'app', 'istio-injection-', 'istio.io/rev=prod')
  const read = async () => (await handlers.readIstio({ context: NAME }, signal)).installations
  expect((await read()).find(({ revision }) => revision === 'canary')).toMatchObject({
    tags: ['prod'],
    namespaces: ['app'],
  })
  await lab.kubectl('-n', 'app', 'rollout', 'restart', 'deployment/web')
  await lab.kubectl('-n', 'app', 'rollout', 'status', 'deployment/web', '--timeout=60s')
  await expect.poll(async () => (await read()).find(({ revision }) => revision === 'canary')?.proxies).toBe(1)

  const missing = await backend.runTask('istio-tag', { context: NAME, tag: 'prod', revision: 'nobody' })
  expect(failureOf(missing)).toContain('There is no revision nobody of Istio')
  const removed = await backend.runTask('istio-uninstall', { context: NAME, revision: 'default' })
  expect([removed.state, failureOf(removed)]).toEqual(['done', ''])
  expect((await read()).map(({ revision }) => revision)).toEqual(['canary'])
  expect(await lab.kubectl('get', 'crd', '-o', 'name')).toContain('virtualservices.networking.istio.io')
})

test('an uninstall leaves what it says, and takes the rest when it is told to', async ({ setting }) => {
  const { lab, backend } = setting
  const { stays, losses } = await backend.handlers.planIstio({ action: 'uninstall', context: NAME }, signal)
  expect(losses.map(({ code, object, users }) => [code, object.name, users.length])).toEqual([
    ['control-plane-has-proxies', 'istiod-canary', 1],
  ])
  expect(stays).toEqual([
    expect.stringContaining('The namespace istio-system'),
    expect.stringMatching(/^15 CRDs of Istio, and with them 1 Telemetry/),
    'The label istio.io/rev=prod of the namespace app.',
    expect.stringMatching(/^The sidecars of 1 pods until they are restarted: app\/web-/),
  ])
  const planned = (await backend.handlers.planIstio({ action: 'uninstall', context: NAME }, signal)).changes
  const task = await backend.runTask('istio-uninstall', { context: NAME })
  expect([task.state, failureOf(task)]).toEqual(['done', ''])
  for (const stay of stays) expect(task.lines).toContain(`Left as it is: ${stay}`)
  expect((await lab.kubectl('get', 'crd', '-o', 'name')).match(/\.istio\.io/g)).toHaveLength(15)
  await lab.kubectl('-n', 'istio-system', 'get', 'telemetry', 'mesh-default')
  for (const { id } of planned) {
    const namespace = id.namespace === undefined ? [] : ['-n', id.namespace]
    await expect(lab.kubectl('get', id.kind, id.name, ...namespace)).rejects.toThrow(/NotFound/)
  }
  const webhooks = await lab.kubectl(
    ...['get', 'mutatingwebhookconfigurations,validatingwebhookconfigurations', '-o', 'name'],
  )
  expect(webhooks).not.toContain('istio')

  const nothing = await backend.runTask('istio-uninstall', { context: NAME })
  expect(failureOf(nothing)).toContain(`There is no Istio in ${NAME}`)
})

test('what kubectl applied is seen as such, and left to its own tool', async ({ setting }) => {
  const { lab, backend } = setting
  const folder = await mkdtemp(join(tmpdir(), 'istio-manifests-'))
  try {
    const istioctl = join(await labTools(), 'istioctl')
    const { stdout } = await run(istioctl, ['manifest', 'generate', '--set', 'profile=minimal'], {
      maxBuffer: 32 * 1024 * 1024,
    })
    const file = join(folder, 'istio.yaml')
    await writeFile(file, stdout)
    await lab.kubectl('apply', '--server-side', '--force-conflicts', '-f', file)
  } finally {
    await rm(folder, { recursive: true })
  }
  const { installations } = await backend.handlers.readIstio({ context: NAME }, signal)
  expect(installations).toMatchObject([{ version: '1.31.0', managedBy: 'manifests', isByIstioctl: false }])
  const task = await backend.runTask('istio-install', {
    context: NAME,
    options: DEMO,
    confirmsOverwrite: true,
  })
  expect(failureOf(task)).toContain('was installed with manifests, so it is not changed here')

  await test.step('with the CRDs and the namespace, nothing is left', async () => {
    const all = { context: NAME, hasCrds: true, hasNamespace: true }
    const { changes } = await backend.handlers.planIstio({ action: 'uninstall', ...all }, signal)
    expect(wordsOf(changes, 'delete').filter(each => each.startsWith('CustomResource'))).toHaveLength(15)
    const gone = await backend.runTask('istio-uninstall', all)
    expect([gone.state, failureOf(gone)]).toEqual(['done', ''])
    expect(await lab.kubectl('get', 'crd,namespaces', '-o', 'name')).not.toMatch(/istio/)
  })
})
