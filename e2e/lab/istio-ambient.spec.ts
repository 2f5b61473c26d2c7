import { expect, test as base } from '@playwright/test'
import { setIstioOption } from '../../src/domain/setup/istio/istio-options.ts'
import type { ChangeStep } from '../../src/shared/contract/changes.ts'
import { failureOf, startBackend, type LabBackend } from './backend.ts'
import { startLab, type Lab } from './lab.ts'
import { findLab } from './playground-process.ts'

// An ambient installation with values of its own, made by the real istioctl and changed from what it left in the cluster.

const NAME = 'istio-ambient'
const signal = new AbortController().signal
const AMBIENT = `apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: ambient
  meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}
  values: {global: {logAsJson: true}, ztunnel: {logLevel: debug}, pilot: {resources: {requests: {cpu: 17m}}}}
`
const APP = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
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
      const task = await backend.runTask('istio-install', { context: NAME, options: AMBIENT })
      expect([task.state, failureOf(task)]).toEqual(['done', ''])
      await lab.apply(APP)
      await lab.kubectl('-n', 'shop', 'wait', 'deployment/web', '--for=condition=Available', '--timeout=120s')
      await use({ lab, backend })
      await backend.stop()
      await lab.stop()
    },
    { scope: 'worker', timeout: 600_000 },
  ],
})
test.describe.configure({ mode: 'serial', timeout: 600_000 })
test.skip(findLab() === undefined, 'no lab: neither MESH_WORKBENCH_LAB nor ../shared/lab is there')

const differing = (changes: readonly ChangeStep[]): string[] =>
  changes
    .filter(({ action }) => action !== 'unchanged')
    .map(({ action, id }) => `${action} ${id.kind} ${id.name}`)

async function readInstallation({ backend }: Setting) {
  const { installations } = await backend.handlers.readIstio({ context: NAME }, signal)
  expect(installations).toHaveLength(1)
  const [installation] = installations
  if (installation === undefined) throw new Error('no installation')
  return installation
}

const plan = ({ backend }: Setting, options: string) =>
  backend.handlers.planIstio({ action: 'install', context: NAME, options }, signal)

test('what it was installed with is read from the cluster, and plans no change', async ({ setting }) => {
  const installation = await readInstallation(setting)
  expect(installation).toMatchObject({ profile: 'ambient', hasValues: true, hasAmbient: true })
  const { changes, losses } = await plan(setting, installation.options)
  expect(differing(changes)).toEqual([])
  expect(losses).toEqual([])
})

test('one changed option plans that and nothing else', async ({ setting }) => {
  const { options } = await readInstallation(setting)
  const changed = setIstioOption(options, 'hasAccessLog', true)
  const { changes, losses } = await plan(setting, changed)
  // The mesh settings, and the values that istioctl keeps beside them.
  expect(differing(changes).toSorted()).toEqual(['update ConfigMap istio', 'update ConfigMap values'])
  expect(losses).toEqual([])
  const task = await setting.backend.runTask('istio-install', {
    context: NAME,
    options: changed,
    confirmsOverwrite: true,
  })
  expect([task.state, failureOf(task)]).toEqual(['done', ''])
  // A manifest is no news of a task.
  expect(task.lines).not.toContain('kind: ClusterRole')
  expect(await setting.lab.kubectl('-n', 'istio-system', 'get', 'daemonset', '-o', 'name')).toContain(
    'ztunnel',
  )
})

test('a profile that takes ambient mode away names what is in use before anything is deleted', async ({
  setting,
}) => {
  const { options } = await readInstallation(setting)
  const { changes, losses } = await plan(setting, setIstioOption(options, 'profile', 'minimal'))
  expect(differing(changes)).toEqual(
    expect.arrayContaining(['delete DaemonSet istio-cni-node', 'delete DaemonSet ztunnel']),
  )
  const found = losses.map(({ code, object, users }) => [code, object.name, users.length])
  expect(found.toSorted()).toEqual([
    ['cni-agent-sets-up-pods', 'istio-cni-node', 1],
    ['ztunnel-carries-pods', 'ztunnel', 1],
  ])
})

test('an uninstall counts no ztunnel as a sidecar, and names the labels that stay', async ({ setting }) => {
  const { losses, stays } = await setting.backend.handlers.planIstio(
    { action: 'uninstall', context: NAME, revision: 'default' },
    signal,
  )
  expect(losses.map(({ code }) => code).toSorted()).toEqual([
    'cni-agent-sets-up-pods',
    'ztunnel-carries-pods',
  ])
  expect(stays.join('\n')).toContain('istio.io/dataplane-mode=ambient')
  expect(stays.join('\n')).not.toContain('ztunnel')
  expect(await readInstallation(setting)).toMatchObject({ proxies: 3, dependents: 0 })
})
