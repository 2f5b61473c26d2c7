import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { openClusters } from '../../src/services/clusters/clusters.ts'
import { defineIstioTasks } from '../../src/services/setup/istio/istio-tasks.ts'
import { createTasks } from '../../src/services/tasks/tasks.ts'
import { createTools } from '../../src/services/setup/tools/tools.ts'
import { killProcess } from './lab.ts'
import { GATEWAY_API, LAB_STATES, openMachine, type Machine } from './setup-machine.ts'

const CLUSTER = 'one-click'
const CONTEXT = `kind-${CLUSTER}`
const KIND = ['--provider', 'kind', '--mesh', 'istio', '--name', CLUSTER, '--gateway-api', GATEWAY_API()]
const SET_UP = [...KIND, '--http-port', '28080', '--https-port', '28443']

let machine: Machine
const kubectl = (...args: readonly string[]): Promise<string> =>
  machine.call('kubectl', '--context', CONTEXT, ...args)
const clusters = async (): Promise<readonly string[]> =>
  (await machine.call('kind', 'get', 'clusters')).split('\n')
const removeCluster = (): Promise<string> => machine.call('kind', 'delete', 'cluster', '--name', CLUSTER)

test.beforeAll(async () => {
  machine = await openMachine()
  await removeCluster()
})
test.afterAll(async () => {
  await removeCluster()
  await machine.stop()
})

const listContainers = async (): Promise<readonly string[]> => {
  const path =
    '{range .items[*]}{.metadata.labels.app} {.spec.initContainers[*].name} {.spec.containers[*].name}{"\\n"}{end}'
  return (await kubectl('-n', 'shop', 'get', 'pods', '-o', `jsonpath=${path}`)).trim().split('\n')
}
const names = async (...args: readonly string[]): Promise<string> =>
  await kubectl('get', ...args, '-o', 'name')

/** Runs the task; what it says is left, a line each. */
async function uninstallIstio(): Promise<string> {
  const { env, folder } = machine
  const dataFolder = join(folder, 'data')
  const clusters = openClusters({
    host: { dataFolder, env, now: Date.now },
    playground: { start: () => Promise.reject(new Error('not asked')) },
  })
  const tools = createTools({ folder: join(dataFolder, 'tools'), env })
  const setting = { tools, clusters, env, folder: dataFolder, manifests: '', now: Date.now }
  const tasks = createTasks({
    folder: join(folder, 'tasks'),
    definitions: defineIstioTasks(setting),
    now: Date.now,
  })
  try {
    const { id } = await tasks.start({ kind: 'istio-uninstall', input: { context: CONTEXT } })
    const ended = await tasks.wait(id)
    expect(ended.steps.map(({ problem }) => problem?.message)).toEqual([undefined, undefined])
    const lines: string[] = []
    for await (const some of tasks.watchLines(id, new AbortController().signal))
      lines.push(...some.map(({ text }) => text))
    return lines.filter(text => text.startsWith('Left as it is: ')).join('\n')
  } finally {
    await clusters.stop()
  }
}

test('from nothing to Istio with kind, over an engine that is stopped, a cancel and an API server that dies; run again, it goes on', async () => {
  await test.step('an engine that does not run is named with its fix', async () => {
    const { code, output } = await machine.setUp(SET_UP, { env: { KIND_LAB_ENGINE: 'stopped' } })
    expect(code).toBe(1)
    expect(output).toMatch(/✖ Check this machine: .*(does not answer|not running).*Start Docker or Podman/s)
  })

  await test.step('stopped while the cluster is made, it leaves no cluster', async () => {
    let isStopped = false
    const { code, output } = await machine.setUp(SET_UP, {
      onOutput(text, interrupt) {
        if (isStopped || !text.includes('Starting control-plane')) return
        isStopped = true
        interrupt()
      },
    })
    expect(code).toBe(1)
    expect(output).toContain(`✖ Create the cluster ${CLUSTER}: It was stopped`)
    expect(await clusters()).not.toContain(CLUSTER)
  })

  await test.step('an API server that dies while Istio is installed fails that step', async () => {
    let start: Promise<() => Promise<void>> | undefined
    const { code, output } = await machine.setUp(SET_UP, {
      onOutput(text) {
        if (text.includes('Install Istio: Istiod'))
          start ??= killProcess(join(LAB_STATES, CONTEXT), 'kube-apiserver')
      },
    })
    expect(code).toBe(1)
    expect(output).toMatch(/✖ Install Istio: .*/)
    expect(output).toContain(
      `"Install Istio" is partly done in ${CONTEXT}. Resume the task, or run it again, to finish it.`,
    )
    await (
      await start
    )?.()
    await expect(() => kubectl('get', '--raw', '/readyz')).toPass()
  })

  await test.step('the next run finishes: sidecars by the real istiod, whose webhook refuses', async () => {
    const { code, output } = await machine.setUp(SET_UP)
    expect(output).toContain('is ready.')
    expect(output).toContain('The app: http://localhost:28080/')
    expect(output).toMatch(/Jaeger: http:\/\/localhost:\d+\/ \(a forward/)
    expect(code).toBe(0)
    const pods = await listContainers()
    expect(pods.map(line => line.split(' ')[0]).toSorted()).toEqual([
      'api',
      'frontend',
      'myapp',
      'myapp',
      'service',
      'traffic',
    ])
    expect(pods.every(line => line.includes('istio-proxy'))).toBe(true)
    const ports = ['service', 'istio-ingressgateway', '-o', 'jsonpath={.spec.ports[*].nodePort}']
    expect(await kubectl('-n', 'istio-system', 'get', ...ports)).toContain('30080 30443')
    const broken = '[{"op": "replace", "path": "/spec/http/0/route/0/destination/host", "value": ""}]'
    await expect(
      kubectl('-n', 'shop', 'patch', 'virtualservice', 'app-routing', '--type', 'json', '-p', broken),
    ).rejects.toThrow(/validation\.istio\.io/)
  })

  await test.step('once more, and as an existing cluster, it changes nothing', async () => {
    const before = await names('pods', '-A')
    for (const args of [SET_UP, ['--provider', 'existing', '--context', CONTEXT, '--mesh', 'istio']]) {
      const { code, output } = await machine.setUp(args)
      expect(output).toContain('is ready.')
      expect(code).toBe(0)
      expect(await names('pods', '-A')).toBe(before)
    }
    const { code, output } = await machine.setUp([
      '--provider',
      'existing',
      '--context',
      CONTEXT,
      '--mesh',
      'linkerd',
    ])
    expect(code).toBe(1)
    expect(output).toMatch(
      /✖ Check the cluster of kind-one-click: The cluster already has Istio \S+ in istio-system/,
    )
  })

  await test.step('uninstalling Istio leaves what it says', async () => {
    const crds = (await names('crd')).split('\n').filter(name => name.endsWith('.istio.io'))
    expect(crds.length).toBeGreaterThan(10)
    const left = await uninstallIstio()
    expect(left).toContain(
      'The namespace istio-system, with the certificate authority (Secret istio-ca-secret)',
    )
    expect(left).toContain(`${crds.length} CRDs of Istio, and with them`)
    expect(left).toMatch(/1 VirtualService/)
    expect(left).toContain('The label istio-injection=enabled of the namespace shop.')
    expect(left).toMatch(/The sidecars of 6 pods until they are restarted: shop\//)

    // Deployments wait for their pods.
    await expect.poll(() => names('deployments,services', '-n', 'istio-system')).toBe('')
    expect(await names('mutatingwebhookconfigurations')).not.toContain('istio')
    expect((await names('crd')).split('\n').filter(name => name.endsWith('.istio.io'))).toEqual(crds)
    expect(await names('virtualservices', '-n', 'shop')).toContain('app-routing')
    expect(await names('secret', 'istio-ca-secret', '-n', 'istio-system')).toContain('istio-ca-secret')
    expect((await listContainers()).every(line => line.includes('istio-proxy'))).toBe(true)
    const label = 'jsonpath={.metadata.labels.istio-injection}'
    expect(await kubectl('get', 'namespace', 'shop', '-o', label)).toBe('enabled')
  })
})
