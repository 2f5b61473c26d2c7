import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planCluster } from '../../../domain/setup/clusters/plan-cluster.ts'
import { ProblemError } from '../../../domain/problem.ts'
import type { ClusterAccess } from '../../clusters/kubernetes-client.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import type { Task } from '../../tasks/task.ts'
import { toProblem } from '../../../domain/problem.ts'
import { createTasks, type Tasks } from '../../tasks/tasks.ts'
import { createTools } from '../tools/tools.ts'
import { defineClusterTasks } from './define-cluster-tasks.ts'
import { createLocalClusters } from './local-clusters.ts'
import { readMemory } from './minikube-provider.ts'

/**
 * Programs that stand for the real ones: they answer with what was recorded of them (see failures.test.ts and
 * outputs.test.ts beside the parsers), write down how they were called, and keep their clusters in files.
 */
const PRELUDE = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs')
const state = process.env.FAKE_STATE
const args = process.argv.slice(2)
const me = require('node:path').basename(process.argv[1])
appendFileSync(state + '/calls', [me, ...args].join(' ') + '\\n')
const read = (name, none) => (existsSync(state + '/' + name) ? JSON.parse(readFileSync(state + '/' + name, 'utf8')) : none)
const write = (name, value) => writeFileSync(state + '/' + name, JSON.stringify(value))
const mode = read('mode', {})[me + ' ' + args[0]] ?? read('mode', {})[me]
const say = text => process.stdout.write(text + '\\n')
const fail = (code, text) => { process.stderr.write(text + '\\n'); process.exit(code) }
const hang = () => { writeFileSync(state + '/pid', String(process.pid)); setInterval(() => {}, 1000) }
`
const MINIKUBE = `${PRELUDE}
const profile = (args.find(arg => arg.startsWith('--profile=')) ?? '').slice(10)
const profiles = read('profiles', [])
const set = status => write('profiles', [...profiles.filter(each => each.Name !== profile), ...(status === undefined ? [] : [{ Name: profile, Status: status, Config: { Driver: 'docker', KubernetesConfig: { KubernetesVersion: 'v1.35.8' }, Nodes: [{}], ExposedPorts: ['127.0.0.1:80:30080'] } }])])
const event = (type, data) => say(JSON.stringify({ specversion: '1.0', id: '1', source: 'https://minikube.sigs.k8s.io/', type: 'io.k8s.sigs.minikube.' + type, datacontenttype: 'application/json', data }))
if (args[0] === 'version') say('v1.39.0')
else if (args[0] === 'profile') say(JSON.stringify({ invalid: [], valid: profiles }))
else if (args[0] === 'start') {
  event('step', { currentstep: '0', message: '😄  minikube v1.39.0 on Debian 13', name: 'Initial Minikube Setup', totalsteps: '19' })
  if (mode === 'cores') { event('error', { name: 'RSRC_INSUFFICIENT_CORES', exitcode: '29', message: '⛔  Requested cpu count 2 is greater than the available cpus of 1', advice: '', url: '', issues: '' }); process.exit(29) }
  set('Starting')
  event('step', { currentstep: '9', message: '🔥  Creating docker container (CPUs=4, Memory=6144MB) ...', name: 'Creating Container', totalsteps: '19' })
  if (mode === 'hang') hang()
  else { set('OK'); event('step', { currentstep: '19', message: '🏄  Done!', name: 'Done', totalsteps: '19' }) }
} else if (args[0] === 'stop') set('Stopped')
else if (args[0] === 'delete') set(undefined)
else if (args[0] === 'image') { if (args.at(-1) === 'gone') fail(80, '❌  Exiting due to GUEST_IMAGE_LOAD: Failed to load image: no such image: gone') }
else if (args[0] === 'tunnel') {
  if (args.includes('--cleanup')) process.exit(mode === 'dirty' ? 1 : 0)
  if (mode === 'sudo') { say('❗  The service istio-ingressgateway requires privileged ports to be exposed: [80 443]'); fail(1, 'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper') }
  hang()
}
`
const DOCKER = `${PRELUDE}
const containers = read('containers', [])
if (mode === 'stopped') { say('{"ServerVersion":"","ClientInfo":{}}'); fail(1, 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?') }
if (args[0] === 'info') say(JSON.stringify({ ServerVersion: '28.2.2', NCPU: 8, MemTotal: 17179869184, CgroupVersion: '2', SecurityOptions: [] }))
else if (args[0] === 'ps') {
  const label = args[args.indexOf('--filter') + 1].slice(6)
  for (const each of containers) if (each.Labels.split(',').some(own => own === label || own.startsWith(label + '='))) say(JSON.stringify(each))
} else write('containers', containers.map(each => (args.includes(each.Names) ? { ...each, State: args[0] === 'stop' ? 'exited' : 'running' } : each)))
`
const KIND = `${PRELUDE}
if (args[0] === 'version') say('kind v0.33.0 go1.26.3 linux/amd64')
else if (args[0] === 'get') say('dev')
`
const CLOUD_PROVIDER_KIND = `${PRELUDE}
if (mode === 'denied') fail(1, 'F1123 main.go:42] listen tcp 127.0.0.1:80: bind: permission denied')
require('node:child_process').spawn(process.execPath, ['-e', "require('node:fs').writeFileSync(process.env.FAKE_STATE + '/pid', String(process.pid)); setInterval(() => {}, 1000)"], { stdio: 'inherit' })
setInterval(() => {}, 1000)
`

let folder = ''
let tasks: Tasks
let dependencies: SetupDependencies
let answers: (path: string) => Promise<unknown>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-clusters-'))
  const [bin, state] = [join(folder, 'bin'), join(folder, 'state')]
  await Promise.all([mkdir(bin), mkdir(state)])
  const programs = {
    minikube: MINIKUBE,
    docker: DOCKER,
    kind: KIND,
    'cloud-provider-kind': CLOUD_PROVIDER_KIND,
  }
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), text)
    await chmod(join(bin, name), 0o755)
  }
  await writeFile(join(folder, 'kubeconfig'), 'contexts: []\n')
  answers = path => Promise.resolve(path === '/version' ? { gitVersion: 'v1.35.8' } : { items: [{}] })
  const env = { PATH: bin, KUBECONFIG: join(folder, 'kubeconfig'), FAKE_STATE: state, HOME: folder }
  const clusters: ClusterAccess = {
    client: () => ({
      request: async ({ path }) => ({ status: 200, headers: {}, body: String(await answers(path)) }),
      readJson: ({ path }) => answers(path),
      readLines: () => {
        throw new Error('not asked here')
      },
    }),
    programAccess: context => Promise.resolve({ env, context }),
    reread: () => Promise.resolve(),
  }
  dependencies = {
    tools: createTools({ folder: join(folder, 'tools'), env }),
    clusters,
    env,
    folder: join(folder, 'data'),
    manifests: '',
    now: () => 0,
  }
  const definitions = defineClusterTasks(dependencies)
  tasks = createTasks({ folder: join(folder, 'tasks'), definitions, now: () => 0, cleanUpTimeoutMs: 20_000 })
})
afterEach(async () => {
  await tasks.stop()
  await rm(folder, { recursive: true, force: true })
})

const signal = new AbortController().signal
const play = (modes: Readonly<Record<string, string>>): Promise<void> =>
  writeFile(join(folder, 'state', 'mode'), JSON.stringify(modes))
const readCalls = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'state', 'calls'), 'utf8').catch(() => '')).trim().split('\n')
const work = async (kind: string, input: object): Promise<Task> =>
  tasks.wait((await tasks.start({ kind, input: { ...input } })).id)
/** The id of the process that a program wrote down, once it did. */
async function readPid(): Promise<number> {
  for (;;) {
    const text = await readFile(join(folder, 'state', 'pid'), 'utf8').catch(() => '')
    if (text !== '') return Number(text)
    await new Promise(setImmediate)
  }
}
/** A process that ended is still known until its parent takes note of it: then its state is Z. Source: proc_pid_stat(5) */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !stat.includes(') Z ')
}
async function linesOf({ id }: Task): Promise<readonly string[]> {
  const found: string[] = []
  for await (const lines of tasks.watchLines(id, signal)) found.push(...lines.map(({ text }) => text))
  return found
}
const options = { provider: 'minikube', name: 'dev', workers: 0, meshes: [] } as const
const createInput = () => ({
  provider: 'minikube',
  name: 'dev',
  config: planCluster({ ...options, meshes: ['istio'] }, '1.39.0').config,
})

describe('a minikube cluster', () => {
  test('is checked, made, listed, stopped, started, given an image and deleted by its documented commands', async () => {
    const made = await work('cluster-create', createInput())
    expect(made).toMatchObject({ state: 'done', leftovers: [] })
    expect(await linesOf(made)).toContain(
      `The kubeconfig was copied to ${join(folder, 'data/kubeconfig-backups/kubeconfig-1970-01-01T00-00-00.000Z')}`,
    )
    const [, minikube] = await createLocalClusters(dependencies).listLocalClusters(undefined, signal)
    expect(minikube).toEqual({
      provider: 'minikube',
      tool: { path: join(folder, 'bin/minikube'), version: '1.39.0' },
      clusters: [
        {
          provider: 'minikube',
          name: 'dev',
          context: 'dev',
          state: 'running',
          kubernetes: '1.35.8',
          nodes: 1,
          engine: 'docker',
          ports: [{ host: 80, node: 30080 }],
        },
      ],
    })
    const reference = { provider: 'minikube', name: 'dev' }
    expect((await work('cluster-stop', reference)).state).toBe('done')
    expect(
      (await createLocalClusters(dependencies).listLocalClusters(undefined, signal))[1]?.clusters[0]?.state,
    ).toBe('stopped')
    expect((await work('cluster-start', reference)).state).toBe('done')
    expect((await work('image-load', { ...reference, image: 'shop:dev' })).state).toBe('done')
    expect((await work('image-load', { ...reference, archive: '/tmp/shop.tar' })).state).toBe('done')
    const gone = await work('image-load', { ...reference, image: 'gone' })
    expect(gone.steps[0]?.problem?.message).toBe('There is no such image on this machine')
    expect((await work('cluster-delete', reference)).state).toBe('done')
    const calls = (await readCalls()).filter(call => /^minikube (?!version|profile)/.test(call))
    expect(calls).toEqual([
      'minikube start --profile=dev --driver=docker --container-runtime=containerd --kubernetes-version=v1.37.0 --cpus=4 --memory=6g --nodes=1 --embed-certs=true --keep-context=true --wait=all --output=json',
      'minikube stop --profile=dev --output=json',
      'minikube start --profile=dev --keep-context=true --output=json',
      'minikube image load --profile=dev shop:dev',
      'minikube image load --profile=dev /tmp/shop.tar',
      'minikube image load --profile=dev gone',
      'minikube delete --profile=dev',
    ])
  })

  test('whose name is taken is refused: minikube would change the other', async () => {
    await work('cluster-create', createInput())
    const again = await work('cluster-create', createInput())
    expect(again.steps[0]).toMatchObject({
      state: 'failed',
      problem: { code: 'conflict', message: 'There is already a minikube cluster named "dev"' },
    })
    expect((await readCalls()).filter(call => call.startsWith('minikube start'))).toHaveLength(1)
  })

  test('that fails is taken away again, and the failure is named', async () => {
    await play({ 'minikube start': 'cores' })
    const failed = await work('cluster-create', createInput())
    expect(failed).toMatchObject({ state: 'failed', leftovers: [] })
    expect(failed.steps[1]?.problem).toMatchObject({
      message:
        'There are not enough CPUs for the cluster: ⛔ Requested cpu count 2 is greater than the available cpus of 1'.replace(
          '⛔ ',
          '',
        ),
    })
    expect((await readCalls()).at(-1)).toBe('minikube delete --profile=dev')
    await play({})
    await tasks.resume(failed.id)
    expect((await tasks.wait(failed.id)).state).toBe('done')
  })

  test('that is stopped in the middle leaves neither a process nor a profile', async () => {
    await play({ 'minikube start': 'hang' })
    const { id } = await tasks.start({ kind: 'cluster-create', input: createInput() })
    const pid = await readPid()
    expect(await tasks.cancel(id)).toMatchObject({ state: 'cancelled', leftovers: [] })
    await expect.poll(() => isAlive(pid)).toBe(false)
    expect((await readCalls()).at(-1)).toBe('minikube delete --profile=dev')
  })

  test.each([
    ['an add-on', 'addons: istio\n', /Add-ons of minikube/],
    [
      'too much memory',
      'driver: docker\nmemory: 64g\n',
      /16\.0 GB of memory for docker, 64 GB are asked for/,
    ],
    ['too many CPUs', 'driver: docker\ncpus: 12\n', /8 CPUs for docker, 12 are asked for/],
  ])('with %s is refused before anything is done', async (_what, config, message) => {
    const failed = await work('cluster-create', { provider: 'minikube', name: 'dev', config })
    expect(failed.steps[0]?.problem?.message).toMatch(message)
    expect((await readCalls()).some(call => call.startsWith('minikube start'))).toBe(false)
  })

  test.each([['docker', 'stopped', 'engine', /not running/] as const])(
    'is not begun where %s is %s',
    async (engine, mode, name, message) => {
      await play({ [engine]: mode })
      const checks = await createLocalClusters(dependencies).checkMachine(
        { provider: 'minikube', name: 'dev', config: createInput().config },
        signal,
      )
      expect(checks.at(-1)).toMatchObject({
        name,
        state: 'failed',
        message: expect.stringMatching(message) as string,
      })
    },
  )
})

describe('the nodes of a kind cluster', () => {
  const node = (name: string, State: string) => ({
    Names: name,
    State,
    Image: 'kindest/node:v1.35.8',
    Labels: `io.x-k8s.kind.cluster=dev,io.x-k8s.kind.role=${name}`,
    Ports: '127.0.0.1:80->30080/tcp',
  })
  beforeEach(() =>
    writeFile(
      join(folder, 'state', 'containers'),
      JSON.stringify([
        node('dev-control-plane', 'running'),
        node('dev-worker', 'running'),
        { Names: 'web', State: 'running', Image: 'nginx', Labels: 'a=b', Ports: '' },
      ]),
    ),
  )
  const stateOf = async () =>
    (await createLocalClusters(dependencies).listLocalClusters(undefined, signal))[0]?.clusters[0]?.state

  test('are stopped and started by the engine, and by name only', async () => {
    expect(await stateOf()).toBe('running')
    const stopped = await work('cluster-stop', { provider: 'kind', name: 'dev' })
    expect(stopped.state).toBe('done')
    expect(await linesOf(stopped)).toContain(
      'kind cannot stop a cluster: docker stop dev-control-plane dev-worker does the same',
    )
    expect(await stateOf()).toBe('stopped')
    expect((await work('cluster-start', { provider: 'kind', name: 'dev' })).state).toBe('done')
    expect(await stateOf()).toBe('running')
    expect((await readCalls()).filter(call => /^docker (?:stop|start)/.test(call))).toEqual([
      'docker stop dev-control-plane dev-worker',
      'docker start dev-control-plane dev-worker',
    ])
  })
  test('cannot be started where no engine answers', async () => {
    await play({ docker: 'stopped' })
    const failed = await work('cluster-start', { provider: 'kind', name: 'dev' })
    expect(failed.steps[0]?.problem?.message).toContain('No container engine')
    expect(failed.leftovers).toHaveLength(1)
  })
  test('whose context is gone are listed with what brings it back', async () => {
    answers = () => Promise.reject(new ProblemError({ code: 'not-found', message: 'no context' }))
    const [kind] = await createLocalClusters(dependencies).listLocalClusters(undefined, signal)
    expect(kind?.clusters[0]?.problem).toEqual({
      code: 'not-found',
      message: 'Its context kind-dev is in no kubeconfig that is read here',
      hint: 'kind export kubeconfig --name dev brings it back.',
    })
  })
})

describe('a load balancer', () => {
  test('runs until it is stopped, and what it started ends with it', async () => {
    const { id, title } = await tasks.start({
      kind: 'load-balancer',
      input: { provider: 'kind', name: 'dev' },
    })
    expect(title).toBe('Load balancers for all kind clusters')
    const grandchild = await readPid()
    await expect(
      tasks.start({ kind: 'load-balancer', input: { provider: 'kind', name: 'other' } }),
    ).rejects.toThrow(/still running/)
    expect(await tasks.cancel(id)).toMatchObject({ state: 'cancelled', leftovers: [] })
    await expect.poll(() => isAlive(grandchild)).toBe(false)
  })
  test('names the containers that it could not take away', async () => {
    const left = {
      Names: 'kindccm-1',
      State: 'running',
      Image: 'envoy',
      Labels: 'io.x-k8s.cloud-provider-kind.cluster=dev',
      Ports: '',
    }
    await writeFile(join(folder, 'state', 'containers'), JSON.stringify([left]))
    const { id } = await tasks.start({ kind: 'load-balancer', input: { provider: 'kind', name: 'dev' } })
    await readPid()
    expect((await tasks.cancel(id)).leftovers).toEqual([
      'Its containers are left: docker rm --force kindccm-1 removes them, and the next start uses them.',
    ])
  })
  test.each([
    ['kind', 'cloud-provider-kind', 'denied', /cloud-provider-kind$/],
    ['minikube', 'minikube tunnel', 'sudo', /minikube tunnel --profile=dev$/],
  ])(
    'of %s that has not the rights says which command to run in a terminal',
    async (provider, program, mode, command) => {
      await play({ [program]: mode })
      const failed = await work('load-balancer', { provider, name: 'dev' })
      expect(failed.steps[0]?.problem).toMatchObject({
        code: 'forbidden',
        message: "This needs an administrator's rights, which the app never asks for",
        hint: expect.stringMatching(command) as string,
      })
    },
  )
  test.each([
    ['', []],
    ['dirty', [expect.stringContaining('Routes of the tunnel may be left') as string]],
  ])('of minikube is cleaned up behind (%s)', async (mode, left) => {
    await play({ 'minikube tunnel': mode })
    const { id } = await tasks.start({ kind: 'load-balancer', input: { provider: 'minikube', name: 'dev' } })
    const pid = await readPid()
    expect((await tasks.cancel(id)).leftovers).toEqual(left)
    await expect.poll(() => isAlive(pid)).toBe(false)
    expect((await readCalls()).at(-1)).toBe('minikube tunnel --cleanup --profile=dev')
  })
})

test.each([
  { provider: 'kind', name: '--help' },
  { provider: 'k3d', name: 'dev' },
  { provider: 'kind', name: 'dev', image: '-v' },
  { provider: 'kind', name: 'dev', archive: 'relative.tar' },
])('%j is rejected', async input => {
  const problem = await tasks.start({ kind: 'image-load', input }).then(() => undefined, toProblem)
  expect(problem?.code).toBe('bad-input')
})

test.each([
  ['6g', 6],
  ['6144mb', 6],
  ['2048', 2],
  ['1.5G', 1.5],
  ['max', undefined],
  [undefined, undefined],
])('reads the memory %s', (text, gigabytes) => expect(readMemory(text)).toBe(gigabytes))

test('a plan is of the tool that is here', async () => {
  const plan = await createLocalClusters(dependencies).previewCluster(
    { ...options, provider: 'kind', meshes: ['linkerd'] },
    signal,
  )
  expect(plan).toMatchObject({ toolVersion: '0.33.0', kubernetes: '1.35.8' })
})
