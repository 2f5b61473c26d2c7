import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { localMesh } from '../../src/shared/contract/setup/local-mesh.ts'
import { prepareLocalMesh, DEFAULT_LOCAL_MESH } from '../../src/domain/setup/local-mesh/prepare-local-mesh.ts'
import { openClusters } from '../../src/services/clusters/clusters.ts'
import { createForwards } from '../../src/services/forwards/forwards.ts'
import { defineLocalMesh } from '../../src/services/setup/local-mesh/local-mesh.ts'
import type { Task } from '../../src/services/tasks/task.ts'
import { createTasks } from '../../src/services/tasks/tasks.ts'
import { createTools } from '../../src/services/setup/tools/tools.ts'
import { labFolder } from './lab.ts'
import { serveFile, startMirror } from './lying-mirror.ts'
import { GATEWAY_API, openMachine, type Machine } from './setup-machine.ts'

const CLUSTER = 'setup-failures'
/** The steps that change nothing. */
const LOOKS = ['cluster/preflight', 'linkerd/look', 'linkerd/check-before', 'linkerd/check']
const EXISTING = ['--provider', 'existing', '--context', CLUSTER]
const LINKERD = [...EXISTING, '--mesh', 'linkerd']

// One cluster for all, in this order: what a failed run leaves is what the next one finds.
test.describe.configure({ mode: 'serial' })

let machine: Machine
let viewer: string
const kubectl = (...args: readonly string[]): Promise<string> => machine.call('kubectl', ...args)
const names = async (...args: readonly string[]): Promise<string> =>
  await kubectl('get', ...args, '-o', 'name')
const gatewayCrds = async (): Promise<readonly string[]> =>
  (await names('crd')).split('\n').filter(name => name.endsWith('.gateway.networking.k8s.io'))

test.beforeAll(async () => {
  machine = await openMachine()
  await machine.call(join(labFolder(), 'down'), '--name', CLUSTER)
  const lines = await machine.call(join(labFolder(), 'up'), '--name', CLUSTER)
  const kubeconfig = lines.trim().split('\n').at(-1) ?? ''
  viewer = join(dirname(kubeconfig), 'viewer.kubeconfig')
  await copyFile(kubeconfig, join(machine.folder, 'kubeconfig'))
})
test.afterAll(async () => {
  await machine.call(join(labFolder(), 'down'), '--name', CLUSTER)
  await machine.stop()
})

test('who may only look is told what is missing, and nothing changes', async () => {
  const { code, output } = await machine.setUp(LINKERD, { env: { KUBECONFIG: viewer } })
  expect(code).toBe(1)
  expect(output).toContain(
    "You don't have permission to create namespaces, deployments, customresourcedefinitions, clusterroles",
  )
  expect(await gatewayCrds()).toEqual([])
})

test('a kubeconfig that runs a command nobody approved is refused with the reason', async () => {
  const own = await readFile(join(machine.folder, 'kubeconfig'), 'utf8')
  const user = `users:\n- name: x\n  user:\n    exec: {apiVersion: client.authentication.k8s.io/v1, command: give-token, interactiveMode: Never}\n`
  const kubeconfig = join(machine.folder, 'with-command')
  await writeFile(kubeconfig, own.replace(/^users:\n(?:[- ].*\n?)*/m, user).replace(/(?<= user: ).*/g, 'x'))
  const { code, output } = await machine.setUp(LINKERD, { env: { KUBECONFIG: kubeconfig } })
  expect(output).toContain('runs give-token, which you have not approved')
  expect(code).toBe(1)
})

test('a mirror that gives another file is found out, and nothing of it is kept or applied', async () => {
  const bytes = Buffer.from((await readFile(GATEWAY_API(), 'utf8')).replace('HTTPRoute', 'HTTPRuote'))
  const mirror = await startMirror((request, response) =>
    serveFile(request, response, { bytes, etag: '"lie"' }),
  )
  try {
    const { code, output } = await machine.setUp([...LINKERD, '--mirror', mirror.url])
    expect(code).toBe(1)
    expect(output).toMatch(
      /✖ Install the CRDs of the Gateway API: Gateway API 1\.5\.1 is not what was published: its SHA-256 is [0-9a-f]{64}, not 4ca80f21/,
    )
    expect(mirror.asked[0]?.path).toBe(
      '/github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.1/standard-install.yaml',
    )
    expect(await gatewayCrds()).toEqual([])
    await expect(readFile(join(machine.folder, 'data/downloads/gateway-api-1.5.1.yaml'))).rejects.toThrow(
      'ENOENT',
    )
  } finally {
    await mirror.stop()
  }
})

test('a mirror that goes down in the middle fails the step; the next run asks for the rest only', async () => {
  const bytes = await readFile(GATEWAY_API())
  const half = bytes.length >> 1
  let isDown = true
  const mirror = await startMirror((request, response) =>
    serveFile(request, response, { bytes, etag: '"1"', ...(isDown ? { cutAt: half } : {}) }),
  )
  try {
    // Without istioctl, so that this run ends behind the Gateway API.
    const args = [...EXISTING, '--mesh', 'istio', '--mirror', mirror.url]
    const env = { PATH: '/usr/bin:/bin' }
    const first = await machine.setUp(args, { env })
    expect(first.code).toBe(1)
    expect(first.output).toMatch(
      /✖ Install the CRDs of the Gateway API: The connection to 127\.0\.0\.1:\d+ failed/,
    )
    expect(first.output).toContain('what has come is kept')
    expect(await gatewayCrds()).toEqual([])
    isDown = false
    const second = await machine.setUp(args, { env })
    expect(second.output).toContain('✔ Install the CRDs of the Gateway API')
    const [whole, rest] = mirror.asked
    expect(whole?.range).toBeUndefined()
    // The broken connection may take some of the last bytes with it.
    const from = Number(/^bytes=(\d+)-$/.exec(rest?.range ?? '')?.[1])
    expect(from).toBeGreaterThan(0)
    expect(from).toBeLessThanOrEqual(half)
    expect((await gatewayCrds()).length).toBeGreaterThan(4)
    // The same mirror gives the Gateway API's file for istioctl and its checksum too: no tool comes of that.
    expect(second.output).toMatch(/✖ Check that Istio can be installed: .*checksum/)
    expect(await names('namespace')).not.toContain('istio-system')
  } finally {
    await mirror.stop()
  }
})

test('a tool that is not what was published is not run', async () => {
  const mirror = await startMirror((request, response) => {
    response.end(
      (request.url ?? '').endsWith('.sha256') ? `${'0'.repeat(64)}  istioctl.tar.gz\n` : 'not istioctl',
    )
  })
  try {
    const args = [...EXISTING, '--mesh', 'istio', '--mirror', mirror.url]
    const { code, output } = await machine.setUp(args, { env: { PATH: '/usr/bin:/bin' } })
    expect(code).toBe(1)
    expect(output).toMatch(/✖ Check that Istio can be installed: /)
    expect(output).toMatch(/is not what was published|do not name/)
    expect(await names('namespace')).not.toContain('istio-system')
  } finally {
    await mirror.stop()
  }
})

test('pods that never get ready are named with the reason', async () => {
  await kubectl('taint', 'nodes', '--all', 'broken=true:NoSchedule')
  const { code, output } = await machine.setUp([...LINKERD, '--ready-within', '3'])
  expect(code).toBe(1)
  expect(output).toMatch(
    /✖ Install the control plane of Linkerd: Not ready after 3 s in linkerd: linkerd-.*untolerated taint.*events and logs of the pods/s,
  )
  expect(output).toContain(`"Install the control plane of Linkerd" is partly done in ${CLUSTER}`)
  await kubectl('taint', 'nodes', '--all', 'broken-')
})

test('cancelled in any step it stops there and says what it left; the last run finishes', async () => {
  const { folder, env } = machine
  const host = { dataFolder: join(folder, 'data'), env, now: Date.now }
  const clusters = openClusters({ host, playground: { start: () => Promise.reject(new Error('not asked')) } })
  const forwards = createForwards({ dataFolder: host.dataFolder, clusters, now: Date.now })
  const tools = createTools({ folder: join(folder, 'data/tools'), env })
  const manifests = resolve(import.meta.dirname, '../../resources/setup')
  const setting = { tools, clusters, forwards, env, folder: host.dataFolder, manifests, now: Date.now }
  const tasks = createTasks({
    folder: join(folder, 'tasks'),
    definitions: [defineLocalMesh(setting)],
    now: Date.now,
  })
  const input = prepareLocalMesh({
    ...DEFAULT_LOCAL_MESH,
    provider: 'existing',
    context: CLUSTER,
    mesh: 'linkerd',
  })
  const start = (): Promise<Task> => tasks.start(localMesh.readRequest(input))
  const cancelIn = async (name: string): Promise<Task> => {
    const { id } = await start()
    const over = new AbortController()
    for await (const all of tasks.watch(over.signal)) {
      const task = all.find(each => each.id === id)
      if (task?.steps.find(step => step.name === name)?.state === 'running') break
      if (task?.state !== 'running') break
    }
    return await tasks.cancel(id)
  }
  try {
    const steps = (await cancelIn('cluster/preflight')).steps
    expect(steps.map(({ name }) => name)).toEqual([
      'cluster/preflight',
      'linkerd/look',
      'linkerd/gateway-api',
      'linkerd/check-before',
      'linkerd/crds',
      'linkerd/control-plane',
      'linkerd/viz',
      'linkerd/check',
      'add-ons/prometheus',
      'add-ons/jaeger',
      'add-ons/ready',
      'app/injection',
      'app/demo-app',
      'app/gateway',
      'app/forwards',
    ])
    for (const [index, { name, title }] of steps.entries()) {
      const task = await cancelIn(name)
      expect(task.state, name).toBe('cancelled')
      expect(
        task.steps.map(({ state }) => state),
        name,
      ).toEqual(steps.map((_, at) => (at < index ? 'done' : at === index ? 'cancelled' : 'waiting')))
      expect(task.leftovers, name).toEqual(
        LOOKS.includes(name)
          ? []
          : [`"${title}" is partly done in ${CLUSTER}. Resume the task, or run it again, to finish it.`],
      )
    }
    const cancelled = (await tasks.list())[0]
    const ended = await tasks.resume(cancelled?.id ?? '').then(({ id }) => tasks.wait(id))
    expect(ended.steps.map(({ problem }) => problem).filter(Boolean)).toEqual([])
    expect(ended.state).toBe('done')
  } finally {
    await tasks.stop()
    await forwards.stop()
    await clusters.stop()
  }
})

test('Linkerd is whole: CRDs before the control plane, viz, its own checks, and the namespace in the mesh', async () => {
  const { code, output } = await machine.setUp(LINKERD)
  expect(output).toContain('is ready.')
  expect(output).toMatch(/The app: http:\/\/localhost:\d+\/ \(a forward/)
  expect(code).toBe(0)
  await expect(machine.call('linkerd', 'check')).resolves.toContain('Status check results are √')
  expect(await names('deployments', '-n', 'linkerd-viz')).toContain('metrics-api')
  const time = ['-o', 'jsonpath={.metadata.creationTimestamp}']
  const [crd, control] = await Promise.all([
    kubectl('get', 'crd', 'servers.policy.linkerd.io', ...time),
    kubectl('-n', 'linkerd', 'get', 'deployment', 'linkerd-destination', ...time),
  ])
  expect(crd <= control).toBe(true)
  await expect(
    kubectl('get', 'namespace', 'shop', '-o', 'jsonpath={.metadata.annotations}'),
  ).resolves.toContain('"linkerd.io/inject":"enabled"')
})
