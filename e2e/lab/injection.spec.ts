import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import {
  decideInjection,
  explainPod,
  type InjectionScope,
} from '../../src/domain/setup/injection/explain-pod.ts'
import { readControlPlanes } from '../../src/domain/setup/injection/control-planes.ts'
import { readInjectionWebhooks } from '../../src/domain/setup/injection/injection-webhook.ts'
import { readPodProxy } from '../../src/domain/setup/injection/pod-proxy.ts'
import type { KubernetesObject } from '../../src/domain/kubernetes/kubernetes-object.ts'
import { chooseContext, expectConnection, expectWindow, runCommand } from '../pages/frame.ts'
import { expect, startApp, test as base, type App } from '../shell.ts'
import { labFolder, labTools, startLab, type Lab } from './lab.ts'

const run = promisify(execFile)
const NAME = 'injection'

const test = base.extend<{ app: App }, { lab: Lab }>({
  lab: [
    async ({}, use) => {
      const lab = await startLab(NAME)
      await use(lab)
      await lab.stop()
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  app: async ({ shell, chromium: browser, home, lab }, use) => {
    const app = await startApp({ shell, browser, home, env: { KUBECONFIG: lab.kubeconfig } })
    await use(app)
    await app.stop()
  },
})

const INJECT = 'sidecar.istio.io/inject'
const NAMESPACES: Readonly<Record<string, Record<string, string>>> = {
  'c-plain': {},
  'c-on': { 'istio-injection': 'enabled' },
  'c-off': { 'istio-injection': 'disabled' },
  'c-wrong': { 'istio-injection': 'yes' },
  'c-revision': { 'istio.io/rev': 'default' },
  'c-gone': { 'istio.io/rev': 'canary' },
  'c-both': { 'istio-injection': 'enabled', 'istio.io/rev': 'canary' },
  'c-off-revision': { 'istio-injection': 'disabled', 'istio.io/rev': 'default' },
}
const PODS: Readonly<Record<string, { labels?: object; annotations?: object; hostNetwork?: true }>> = {
  plain: {},
  'label-true': { labels: { [INJECT]: 'true' } },
  'label-false': { labels: { [INJECT]: 'false' } },
  'label-yes': { labels: { [INJECT]: 'yes' } },
  'annotation-true': { annotations: { [INJECT]: 'true' } },
  'annotation-false': { annotations: { [INJECT]: 'false' } },
  'revision-default': { labels: { 'istio.io/rev': 'default' } },
  'revision-gone': { labels: { 'istio.io/rev': 'canary' } },
  'host-network': { hostNetwork: true },
  'host-network-true': { labels: { [INJECT]: 'true' }, hostNetwork: true },
}

const list = async (lab: Lab, ...args: readonly string[]): Promise<readonly KubernetesObject[]> =>
  (JSON.parse(await lab.kubectl('get', ...args, '-o', 'json')) as { items: KubernetesObject[] }).items

async function readSetting(lab: Lab): Promise<InjectionScope> {
  const [webhooks, slices, deployments] = await Promise.all([
    list(lab, 'mutatingwebhookconfigurations'),
    list(lab, 'endpointslices', '-A'),
    list(lab, 'deployments', '-A'),
  ])
  return {
    webhooks: readInjectionWebhooks(webhooks, slices),
    planes: readControlPlanes(deployments),
  }
}

test('for every cause, what is said of a pod is what the real webhook did, and what istioctl says of its labels', async ({
  lab,
}) => {
  const objects = Object.entries(NAMESPACES).flatMap(([namespace, labels]) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    ...Object.entries(PODS).map(([name, { labels: own = {}, annotations = {}, hostNetwork = false }]) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: own, annotations },
      spec: { hostNetwork, containers: [{ name: 'app', image: 'nginx' }] },
    })),
  ])
  await lab.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  const setting = await readSetting(lab)
  const namespaces = new Map((await list(lab, 'namespaces')).map(each => [each.metadata.name, each]))
  const pods = (await list(lab, 'pods', '-A')).filter(
    ({ metadata }) => NAMESPACES[metadata.namespace ?? ''] !== undefined,
  )
  expect(pods).toHaveLength(80)
  const answers = pods.map(pod => {
    const namespace = namespaces.get(pod.metadata.namespace ?? '')
    if (!namespace) throw new Error(`no namespace ${pod.metadata.namespace ?? ''}`)
    const { state, reason } = explainPod(pod, namespace, setting)
    return {
      pod: `${namespace.metadata.name}/${pod.metadata.name}`,
      isInjected: readPodProxy(pod) !== undefined,
      ours: decideInjection(pod, namespace, setting).isInjected,
      state,
      reason,
    }
  })
  expect(answers.filter(({ isInjected, ours }) => isInjected !== ours)).toEqual([])
  expect(answers.filter(({ isInjected, state }) => (state === 'in') !== isInjected)).toEqual([])
  expect(answers.filter(({ isInjected }) => isInjected)).toHaveLength(20)
  // Each pod that stays out has a reason of its own making, never "it would get one now".
  expect(answers.filter(({ reason }) => reason === 'created-before')).toEqual([])

  // istioctl looks at labels only: not at host network, and not at annotations.
  const istioctl = join(await labTools(), 'istioctl')
  for (const namespace of ['c-plain', 'c-on', 'c-off-revision', 'c-gone', 'c-both'])
    for (const pod of ['plain', 'label-true', 'label-false', 'revision-default']) {
      const args = ['--kubeconfig', lab.kubeconfig, 'x', 'check-inject', `${pod}.${namespace}`]
      const { stdout } = await run(istioctl, args)
      const ours = answers.find(each => each.pod === `${namespace}/${pod}`)?.ours
      expect(`${namespace}/${pod} ${String(stdout.includes('✔'))}`).toBe(
        `${namespace}/${pod} ${String(ours)}`,
      )
    }
})

test("Linkerd's own manifest: its webhook's selectors and policy decide", async ({ lab }) => {
  const env = { ...process.env, KUBECTL: join(await labTools(), 'kubectl') }
  const linkerd = async (...args: readonly string[]): Promise<string> =>
    (await run(join(labFolder(), 'linkerd'), [...args, '--kubeconfig', lab.kubeconfig], { env })).stdout
  await lab.kubectl('apply', '-f', join(labFolder(), 'data/gateway-api-1.5.1-standard.yaml'), '--server-side')
  await lab.apply(await linkerd('install', '--crds'))
  const stdout = await linkerd('install')
  const manifest = parseAllDocuments(stdout).flatMap(document => {
    const value = document.toJS() as KubernetesObject | null
    return value === null ? [] : [value]
  })
  const setting: InjectionScope = {
    webhooks: readInjectionWebhooks(
      manifest.filter(({ kind }) => kind === 'MutatingWebhookConfiguration'),
      undefined,
    ),
    planes: readControlPlanes(manifest.filter(({ kind }) => kind === 'Deployment')),
  }
  expect(setting.webhooks.map(({ mesh, failurePolicy }) => `${mesh} ${failurePolicy}`)).toEqual([
    'linkerd Ignore',
  ])
  expect(setting.planes).toEqual([{ mesh: 'linkerd', namespace: 'linkerd', version: 'edge-26.8.3' }])
  const own = manifest.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'linkerd')
  const namespaceOf = (name: string, annotations = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name }, annotations },
  })
  const podOf = (annotations = {}, spec = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations },
    spec: { containers: [{ name: 'app' }], ...spec },
  })
  const on = { 'linkerd.io/inject': 'enabled' }
  const rows: readonly [KubernetesObject, KubernetesObject | undefined, string][] = [
    [podOf(), namespaceOf('shop', on), 'injected'],
    [podOf(on), namespaceOf('shop'), 'injected'],
    [podOf({ 'linkerd.io/inject': 'ingress' }), namespaceOf('shop'), 'injected'],
    [podOf(on), namespaceOf('shop', { 'linkerd.io/inject': 'disabled' }), 'injected'],
    [podOf({ 'linkerd.io/inject': 'disabled' }), namespaceOf('shop', on), 'pod-opted-out'],
    [podOf(), namespaceOf('shop'), 'not-asked'],
    [podOf(on), own, 'webhook-not-called'],
    [podOf({}, { hostNetwork: true }), namespaceOf('shop', on), 'host-network'],
    [podOf({}, { automountServiceAccountToken: false }), namespaceOf('shop', on), 'no-service-account-token'],
  ]
  const found = rows.map(([pod, namespace]) => {
    const decision = namespace && decideInjection(pod, namespace, setting)
    return decision?.isInjected === true ? 'injected' : decision?.code
  })
  expect(found).toEqual(rows.map(([, , expected]) => expected))
})

const WORKLOADS = `
apiVersion: v1
kind: Namespace
metadata: {name: late}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: late}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: nginx}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: lost, labels: {istio.io/rev: canary}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: lost}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: app, image: nginx}]}
`

test('a namespace is labelled through the review, and a restart brings the real sidecars', async ({
  app: { page },
  lab,
}) => {
  await lab.apply(WORKLOADS)
  await lab.kubectl('-n', 'late', 'wait', '--for=condition=available', 'deployment/web', '--timeout=60s')
  await expectWindow(page)
  await chooseContext(page, NAME)
  await expectConnection(page, /^live$/)
  const open = async (): Promise<void> => {
    await runCommand(page, 'Setup')
    await page.getByRole('tab', { name: 'Injection' }).click()
  }
  await open()
  const namespaces = page.getByRole('grid', { name: 'Namespaces and their injection' })
  const workloads = page.getByRole('grid', { name: 'Workloads and their injection' })
  const reasons = page.getByRole('list', { name: 'Why its pods are in the mesh or not' })
  await namespaces.getByRole('row', { name: /^lost / }).click()
  await expect(reasons).toContainText('asks for the revision canary, for which there is no webhook')

  await namespaces.getByRole('row', { name: /^late Not set/ }).click()
  await expect(reasons).toContainText('2 pods: Neither its namespace nor the pod asks for a proxy')
  await page.getByRole('button', { name: 'Label namespace…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Injection of the namespace late' })
  await expect(dialog.getByRole('list', { name: 'What will change' })).toHaveText(
    'Deployment web, 2 pods without a proxy: a restart brings one to each.',
  )
  await dialog.getByRole('button', { name: 'Review change' }).click()
  await page.getByRole('button', { name: `Apply 1 change to ${NAME}` }).click()
  await expect
    .poll(() => lab.kubectl('get', 'namespace', 'late', '-o', 'jsonpath={.metadata.labels.istio-injection}'))
    .toBe('enabled')

  await open()
  await namespaces.getByRole('row', { name: /^late Sidecars/ }).click()
  await expect(workloads.getByRole('row', { name: /^web .*In the mesh after a restart/ })).toBeVisible()
  await page
    .getByRole('region', { name: 'Namespace late' })
    .getByRole('button', { name: 'Restart 1 workload…' })
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'Restart Deployment late/web' }).click()
  await expect(
    workloads.getByRole('row', { name: /^web Deployment 2 of 2 1\.31\.0 In the mesh$/ }),
  ).toBeVisible({
    timeout: 180_000,
  })
  const path =
    'jsonpath={range .items[*]}{.spec.initContainers[*].name} {.spec.containers[*].name}{"\\n"}{end}'
  const containers = (await lab.kubectl('-n', 'late', 'get', 'pods', '-o', path)).trim().split('\n')
  expect(containers).toHaveLength(2)
  expect(containers.every(line => line.includes('istio-proxy'))).toBe(true)

  // A revision takes the place of the label: never both.
  await page.getByRole('button', { name: 'Change injection…' }).first().click()
  await dialog
    .getByRole('combobox')
    .selectOption({ label: 'Sidecars of revision default (istio.io/rev=default)' })
  await dialog.getByRole('button', { name: 'Review change' }).click()
  await page.getByRole('button', { name: `Apply 1 change to ${NAME}` }).click()
  await expect
    .poll(() => lab.kubectl('get', 'namespace', 'late', '-o', 'jsonpath={.metadata.labels}'))
    .toMatch(/"istio\.io\/rev":"default"/)
  expect(await lab.kubectl('get', 'namespace', 'late', '-o', 'jsonpath={.metadata.labels}')).not.toContain(
    'istio-injection',
  )
})

const BROKEN = `
apiVersion: v1
kind: Namespace
metadata: {name: broken}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: never, namespace: broken}
spec:
  progressDeadlineSeconds: 5
  selector: {matchLabels: {app: never}}
  template:
    metadata: {labels: {app: never}}
    spec: {nodeSelector: {disk: none}, containers: [{name: app, image: nginx}]}
`

test('a restart whose pod never gets ready fails, and names the pod and why', async ({
  app: { page },
  lab,
}) => {
  await lab.apply(BROKEN)
  await expectWindow(page)
  await chooseContext(page, NAME)
  await expectConnection(page, /^live$/)
  await runCommand(page, 'Setup')
  await page.getByRole('tab', { name: 'Injection' }).click()
  await page
    .getByRole('grid', { name: 'Namespaces and their injection' })
    .getByRole('row', { name: /^broken / })
    .click()
  await page
    .getByRole('region', { name: 'Deployment never' })
    .getByRole('button', { name: 'Restart…' })
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'Restart Deployment broken/never' }).click()
  await expect(
    page
      .getByText(
        /Deployment broken\/never was restarted and does not come up: .*pod never-[a-z0-9-]+: 0\/3 nodes are available/,
      )
      .first(),
  ).toBeVisible({ timeout: 180_000 })
})
