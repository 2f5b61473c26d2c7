import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createBackend } from '../../src/services/backend.ts'
import { readTaskRequest, type TaskSummary } from '../../src/shared/contract/tasks.ts'
import { labFolder, labTools, type Lab } from './lab.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const signal = new AbortController().signal

export type EndedTask = TaskSummary & { readonly lines: string }

/** The services without a window, with the lab's programs and an app folder of their own. */
export interface LabBackend {
  readonly handlers: ReturnType<typeof createBackend>['handlers']
  /** Programs that are put here come before the lab's. */
  readonly programs: string
  readonly dataFolder: string
  /** Runs a task to its end. */
  runTask(kind: string, input: object): Promise<EndedTask>
  stop(): Promise<void>
}

export async function startBackend({ kubeconfig }: Pick<Lab, 'kubeconfig'>): Promise<LabBackend> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-workbench-lab-'))
  const programs = join(folder, 'programs')
  const dataFolder = join(folder, 'data')
  const backend = createBackend({
    dataFolder,
    resourcesFolder: join(ROOT, 'resources'),
    env: {
      ...process.env,
      PATH: [programs, labFolder(), await labTools(), process.env['PATH'] ?? ''].join(':'),
      KUBECONFIG: kubeconfig,
      LAB_FOLDER: labFolder(),
      // There is no way out of this machine: a download fails at once.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1',
    },
    // The CRDs of the Gateway API are there.
    folders: [join(labFolder(), 'data')],
    openExternal: () => Promise.resolve(),
    now: Date.now,
  })
  const { handlers } = backend
  return {
    handlers,
    programs,
    dataFolder,
    async runTask(kind, input) {
      const { id } = await handlers.startTask(readTaskRequest({ kind, input }), signal)
      let lines = ''
      for await (const some of handlers.watchTaskLines({ id }, signal))
        lines += some.map(({ text }) => `${text}\n`).join('')
      for await (const all of handlers.watchTasks(undefined, signal)) {
        const task = all.find(each => each.id === id)
        if (task && task.state !== 'running') return { ...task, lines }
      }
      throw new Error('the tasks are not shown any more')
    },
    async stop() {
      await backend.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Which step of a task failed, and why; empty where none did. */
export const failureOf = ({ steps }: TaskSummary): string =>
  steps.map(({ name, problem }) => (problem ? `${name}: ${problem.message}` : '')).find(Boolean) ?? ''
