import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test as base } from '@playwright/test'
import { killProcess, labFolder, labTools } from './lab.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const STATES =
  process.env['MESH_LAB_STATE'] ??
  join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'mesh-workbench/lab')

interface Run {
  readonly code: number | null
  readonly output: string
}

/** A machine without anything but kind, istioctl and linkerd: a kubeconfig and an app folder of its own. */
interface Machine {
  readonly cluster: string
  /** `onOutput` may do something in the middle. */
  readonly setUp: (
    mesh: 'istio' | 'linkerd',
    options?: {
      readonly env?: Record<string, string>
      onOutput?: (text: string, interrupt: () => void) => void
    },
  ) => Promise<Run>
  readonly kubectl: (...args: readonly string[]) => Promise<string>
  readonly clusters: () => Promise<readonly string[]>
}

const test = base.extend<{ machine: Machine }>({
  machine: async ({}, use, { testId }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-setup-'))
    const cluster = `setup-${testId.slice(-6)}`
    const env = {
      ...process.env,
      PATH: [labFolder(), await labTools(), process.env['PATH'] ?? ''].join(':'),
      KUBECONFIG: join(folder, 'kubeconfig'),
      MESH_WORKBENCH_DATA: join(folder, 'data'),
    }
    await use({
      cluster,
      setUp: (mesh, { env: more = {}, onOutput } = {}) =>
        new Promise(done => {
          const crds = join(labFolder(), 'data/gateway-api-1.5.1-standard.yaml')
          const args = ['--provider', 'kind', '--mesh', mesh, '--name', cluster, '--gateway-api', crds]
          const ports = ['--http-port', '28080', '--https-port', '28443']
          const program = join(ROOT, 'src/cli/index.ts')
          const child = spawn(join(ROOT, 'node_modules/.bin/node'), [program, 'setup', ...args, ...ports], {
            env: { ...env, ...more },
          })
          let output = ''
          for (const stream of [child.stdout, child.stderr])
            stream.setEncoding('utf8').on('data', (text: string) => {
              output += text
              onOutput?.(output, () => child.kill('SIGINT'))
            })
          child.on('close', code => done({ code, output }))
        }),
      kubectl: async (...args) =>
        (await run('kubectl', ['--context', `kind-${cluster}`, ...args], { env })).stdout,
      clusters: async () => (await run('kind', ['get', 'clusters'], { env })).stdout.split('\n'),
    })
    await run('kind', ['delete', 'cluster', '--name', cluster], { env })
    await rm(folder, { recursive: true, force: true })
  },
})

const listContainers = async ({ kubectl }: Machine): Promise<readonly string[]> => {
  const path =
    '{range .items[*]}{.metadata.labels.app} {.spec.initContainers[*].name} {.spec.containers[*].name}{"\\n"}{end}'
  return (await kubectl('-n', 'shop', 'get', 'pods', '-o', `jsonpath=${path}`)).trim().split('\n')
}

test('a local mesh with Istio: sidecars by the real istiod, whose webhook refuses; a second run finds it done', async ({
  machine,
}) => {
  const first = await machine.setUp('istio')
  expect(first.output).toContain('is ready.')
  expect(first.code).toBe(0)
  const pods = await listContainers(machine)
  expect(pods.map(line => line.split(' ')[0]).toSorted()).toEqual(
    ['api', 'frontend', 'myapp', 'myapp', 'service', 'traffic'].toSorted(),
  )
  expect(pods.every(line => line.includes('istio-proxy'))).toBe(true)
  const ports = await machine.kubectl(
    ...[
      '-n',
      'istio-system',
      'get',
      'service',
      'istio-ingressgateway',
      '-o',
      'jsonpath={.spec.ports[*].nodePort}',
    ],
  )
  expect(ports).toContain('30080 30443')
  const broken = '[{"op": "replace", "path": "/spec/http/0/route/0/destination/host", "value": ""}]'
  await expect(
    machine.kubectl('-n', 'shop', 'patch', 'virtualservice', 'app-routing', '--type', 'json', '-p', broken),
  ).rejects.toThrow(/validation\.istio\.io/)

  const ages = await machine.kubectl('-n', 'istio-system', 'get', 'pods', '-o', 'name')
  const second = await machine.setUp('istio')
  expect(second.code).toBe(0)
  expect(await machine.kubectl('-n', 'istio-system', 'get', 'pods', '-o', 'name')).toBe(ages)
})

test('an engine that does not run is named with its fix, and a second run finishes', async ({ machine }) => {
  const stopped = await machine.setUp('linkerd', { env: { KIND_LAB_ENGINE: 'stopped' } })
  expect(stopped.code).toBe(1)
  expect(stopped.output).toContain(
    'The container engine does not answer: it is not running. Start Docker or Podman',
  )
  expect((await machine.setUp('linkerd')).code).toBe(0)
  await expect(machine.kubectl('get', 'crd', 'servers.policy.linkerd.io')).resolves.toContain('servers')
  await expect(
    machine.kubectl('get', 'namespace', 'shop', '-o', 'jsonpath={.metadata.annotations}'),
  ).resolves.toContain('"linkerd.io/inject":"enabled"')
})

test('stopped while the cluster is made, it leaves no cluster, and a second run finishes', async ({
  machine,
}) => {
  let isStopped = false
  const stopped = await machine.setUp('linkerd', {
    onOutput(output, interrupt) {
      if (isStopped || !output.includes('Starting control-plane')) return
      isStopped = true
      interrupt()
    },
  })
  expect(stopped.code).toBe(1)
  expect(stopped.output).toContain('It was stopped')
  expect(await machine.clusters()).not.toContain(machine.cluster)
  expect((await machine.setUp('linkerd')).code).toBe(0)
})

test('an API server that dies while Istio is installed fails that step, and a second run goes on', async ({
  machine,
}) => {
  let start: Promise<() => Promise<void>> | undefined
  const failed = await machine.setUp('istio', {
    onOutput(output) {
      if (output.includes('Install Istio: Istiod'))
        start ??= killProcess(join(STATES, `kind-${machine.cluster}`), 'kube-apiserver')
    },
  })
  expect(failed.code).toBe(1)
  expect(failed.output).toMatch(/✖ Install Istio: .*/)
  expect(failed.output).toContain('run the set-up again and it goes on there')
  await (
    await start
  )?.()
  await expect(async () => {
    await machine.kubectl('get', '--raw', '/readyz')
  }).toPass()
  const second = await machine.setUp('istio')
  expect(second.output).toContain('is ready.')
  expect((await listContainers(machine)).every(line => line.includes('istio-proxy'))).toBe(true)
})
