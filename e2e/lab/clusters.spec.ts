import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test as base } from '@playwright/test'
import { parse, stringify } from 'yaml'
import { createBackend } from '../../src/services/backend.ts'
import type { Backend } from '../../src/shared/contract.ts'
import { readTaskRequest, type TaskSummary } from '../../src/shared/contract/tasks.ts'
import { labFolder, labTools } from './lab.ts'

const run = promisify(execFile)
const RESOURCES = resolve(import.meta.dirname, '../../resources')

/** What somebody had before: it must be the same after everything that is done to local clusters. */
const BEFORE = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'work',
  preferences: {},
  clusters: [{ name: 'work', cluster: { server: 'https://work.example:6443', 'tls-server-name': 'work' } }],
  users: [{ name: 'me', user: { token: 'secret-of-work' } }],
  contexts: [{ name: 'work', context: { cluster: 'work', user: 'me', namespace: 'shop' } }],
}
type Named = readonly { readonly name: string }[]
type Kubeconfig = Readonly<Record<'clusters' | 'users' | 'contexts', Named>>

/** A backend with kind on its PATH and a kubeconfig of its own. */
interface Machine {
  readonly handlers: Backend
  readonly cluster: string
  readonly kubeconfig: string
  readonly data: string
  /** Everything of another context, as it is now. */
  readonly readOthers: () => Promise<unknown>
  readonly readContexts: () => Promise<readonly string[]>
  readonly plan: () => Promise<{ provider: 'kind'; name: string; config: string }>
  /** Starts a task and returns it when it has ended. */
  readonly work: (kind: string, input: unknown) => Promise<TaskSummary>
  readonly wait: (id: string, isIt: (task: TaskSummary) => boolean) => Promise<TaskSummary>
  readonly lines: (id: string) => Promise<readonly string[]>
}

const never = new AbortController().signal
const isOver = ({ state }: TaskSummary): boolean => state !== 'running'

const test = base.extend<{ engine: 'running' | 'stopped'; machine: Machine }>({
  engine: ['running', { option: true }],
  machine: async ({ engine }, use, { testId }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-clusters-'))
    const cluster = `local-${testId.slice(-6)}`
    const kubeconfig = join(folder, 'kubeconfig')
    const data = join(folder, 'data')
    await writeFile(kubeconfig, stringify(BEFORE), { mode: 0o600 })
    const env = {
      ...process.env,
      PATH: [labFolder(), await labTools(), process.env['PATH'] ?? ''].join(':'),
      KUBECONFIG: kubeconfig,
      ...(engine === 'stopped' ? { KIND_LAB_ENGINE: 'stopped' } : {}),
    }
    const backend = createBackend({
      dataFolder: data,
      resourcesFolder: RESOURCES,
      env,
      openExternal: () => Promise.resolve(),
      now: () => Date.now(),
    })
    const { handlers } = backend
    const wait: Machine['wait'] = async (id, isIt) => {
      const done = new AbortController()
      for await (const all of handlers.watchTasks(undefined, done.signal)) {
        const task = all.find(each => each.id === id)
        if (!task || !isIt(task)) continue
        done.abort()
        return task
      }
      throw new Error(`The task ${id} is gone`)
    }
    const readKubeconfig = async (): Promise<Kubeconfig> =>
      parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
    const isOther = ({ name }: { readonly name: string }): boolean => name !== `kind-${cluster}`
    await use({
      handlers,
      cluster,
      kubeconfig,
      data,
      readOthers: async () => {
        const { clusters, users, contexts } = await readKubeconfig()
        return {
          clusters: clusters.filter(isOther),
          users: users.filter(isOther),
          contexts: contexts.filter(isOther),
        }
      },
      readContexts: async () => (await readKubeconfig()).contexts.map(({ name }) => name),
      plan: async () => {
        const ports = { http: 28_180, https: 28_543 }
        const wishes = { provider: 'kind', name: cluster, workers: 1, meshes: ['istio'], ports } as const
        const { config } = await handlers.previewCluster({ ...wishes, meshes: ['istio'] }, never)
        return { provider: 'kind', name: cluster, config }
      },
      work: async (kind, input) =>
        wait((await handlers.startTask(readTaskRequest({ kind, input }), never)).id, isOver),
      wait,
      lines: async id => {
        const found: string[] = []
        for await (const lines of handlers.watchTaskLines({ id }, never))
          found.push(...lines.map(({ text }) => text))
        return found
      },
    })
    await backend.stop()
    await run('kind', ['delete', 'cluster', '--name', cluster], { env: { ...env, KIND_LAB_ENGINE: '' } })
    await rm(folder, { recursive: true, force: true })
  },
})

const OTHERS = { clusters: BEFORE.clusters, users: BEFORE.users, contexts: BEFORE.contexts }
const listed = async ({ handlers, cluster }: Machine) => {
  const [kind] = await handlers.listLocalClusters(undefined, never)
  return kind?.clusters.find(({ name }) => name === cluster)
}

test('a cluster is planned, checked, made, listed, given an image and deleted; other contexts stay as they were', async ({
  machine,
}) => {
  const { handlers, cluster, data, kubeconfig, plan, work, lines, readOthers, readContexts } = machine
  const input = await plan()
  const original = join(data, '..', 'original')
  await copyFile(kubeconfig, original)
  const checks = await handlers.checkMachine(input, never)
  expect(checks.filter(({ state }) => state === 'failed')).toEqual([])
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'tool',
      'engine',
      'ports',
      'cpu',
      'memory',
      'disk',
      'inotify',
      'name',
      'node-image',
    ]),
  )

  const made = await work('cluster-create', input)
  expect(made).toMatchObject({ state: 'done', leftovers: [] })
  expect(await listed(machine)).toEqual({
    provider: 'kind',
    name: cluster,
    context: `kind-${cluster}`,
    state: 'running',
    kubernetes: '1.36.1',
    nodes: 2,
    ports: [],
  })
  expect(await readOthers()).toEqual(OTHERS)
  expect(await readContexts()).toContain(`kind-${cluster}`)

  const backups = join(data, 'kubeconfig-backups')
  const [copy = ''] = await readdir(backups)
  expect(await lines(made.id)).toContain(`The kubeconfig was copied to ${join(backups, copy)}`)
  expect(await readFile(join(backups, copy), 'utf8')).toBe(await readFile(original, 'utf8'))
  expect((await stat(join(backups, copy))).mode & 0o777).toBe(0o600)

  // Its name is taken now, before anything is done.
  const again = await work('cluster-create', input)
  expect(again.state).toBe('failed')
  expect(again.steps.map(({ state }) => state)).toEqual(['failed', 'waiting', 'waiting'])
  expect(again.steps[0]?.problem).toMatchObject({
    code: 'conflict',
    message: `There is already a kind cluster named "${cluster}"`,
  })
  expect((await listed(machine))?.state).toBe('running')

  const loaded = await work('image-load', { ...input, image: 'shop:dev' })
  expect(loaded.state).toBe('done')
  expect((await lines(loaded.id)).filter(text => text.startsWith('Image: "shop:dev"'))).toHaveLength(2)
  await expect(work('image-load', { ...input, image: '--all' })).rejects.toThrow(/is not an image name/)

  expect((await work('cluster-delete', input)).state).toBe('done')
  expect(await listed(machine)).toBeUndefined()
  expect(await readOthers()).toEqual(OTHERS)
  expect(await readContexts()).toEqual(['work'])
  // Once more: what is gone is gone.
  expect((await work('cluster-delete', input)).state).toBe('done')
})

test('stopped in the middle, nothing is left; going on makes it', async ({ machine }) => {
  const { handlers, cluster, plan, wait, readOthers, readContexts } = machine
  const { id } = await handlers.startTask({ kind: 'cluster-create', input: await plan() }, never)
  await wait(id, ({ steps }) => steps.some(({ note }) => note === 'Starting control-plane'))
  const cancelled = await handlers.cancelTask({ id }, never)
  expect(cancelled).toMatchObject({ state: 'cancelled', leftovers: [] })
  expect(await listed(machine)).toBeUndefined()
  expect(await readOthers()).toEqual(OTHERS)
  expect(await readContexts()).toEqual(['work'])

  await handlers.resumeTask({ id }, never)
  expect(await wait(id, isOver)).toMatchObject({ state: 'done' })
  expect(await listed(machine)).toMatchObject({ name: cluster, state: 'running' })
  expect(await readOthers()).toEqual(OTHERS)
})

test('a port that somebody has is named with who has it, and nothing is begun', async ({ machine }) => {
  const { handlers, plan, work } = machine
  const server = createServer().listen(28_180, '127.0.0.1')
  try {
    const input = await plan()
    const ports = (await handlers.checkMachine(input, never)).find(({ name }) => name === 'ports')
    expect(ports).toMatchObject({ state: 'failed' })
    expect(ports?.message).toMatch(new RegExp(`port 28180 \\(\\S+, process ${process.pid}\\)`))
    const failed = await work('cluster-create', input)
    expect(failed.steps[0]?.problem?.message).toContain('port 28180')
    expect(await listed(machine)).toBeUndefined()
  } finally {
    server.close()
  }
})

test.describe('where no engine answers', () => {
  test.use({ engine: 'stopped' })

  test('the list, the checks and the task say so, with what to do', async ({ machine }) => {
    const { handlers, plan, work, readContexts } = machine
    const failure = { code: 'unreachable' }
    const [kind] = await handlers.listLocalClusters(undefined, never)
    expect(kind).toMatchObject({ provider: 'kind', clusters: [], problem: failure })
    const input = await plan()
    expect(await handlers.checkMachine(input, never)).toEqual([
      expect.objectContaining({ name: 'tool', state: 'passed' }),
      expect.objectContaining({ name: 'engine', state: 'failed' }),
    ])
    const failed = await work('cluster-create', input)
    expect(failed).toMatchObject({ state: 'failed', leftovers: [] })
    expect(failed.steps[0]?.problem).toMatchObject(failure)
    expect(await readContexts()).toEqual(['work'])
  })
})
