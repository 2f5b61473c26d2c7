import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readStoredFolder, type OnDamaged } from '../storage/stored-json.ts'
import { diskProblem } from '../workspace/disk-problem.ts'
import { createQueue } from '../workspace/queue.ts'
import { writeAtomically } from '../workspace/write-atomically.ts'
import type { TaskLine } from '../../shared/contract/tasks.ts'
import { isRecord } from '../../domain/is-record.ts'
import type { Task } from './task.ts'

const MAX_TASKS = 200

/** Tasks and their lines on the disk: `ID.json` and `ID.log`, for their owner only. */
export interface TaskHistory {
  /** Newest first. A task that was running when the app ended has failed at its step. */
  readonly load: () => Promise<readonly Task[]>
  readonly save: (task: Task) => Promise<void>
  readonly append: (id: string, lines: readonly TaskLine[]) => Promise<void>
  readonly readLines: (id: string) => Promise<readonly TaskLine[]>
  readonly forget: (id: string) => Promise<void>
}

const isTask = (value: unknown): value is Task =>
  isRecord(value) &&
  ['id', 'kind', 'title', 'state'].every(key => typeof value[key] === 'string') &&
  typeof value['startedAt'] === 'number' &&
  Array.isArray(value['steps']) &&
  value['steps'].every(
    step => isRecord(step) && typeof step['name'] === 'string' && typeof step['state'] === 'string',
  ) &&
  Array.isArray(value['leftovers']) &&
  isRecord(value['subject']) &&
  isRecord(value['memory'])

const isLine = (value: unknown): value is TaskLine =>
  isRecord(value) && typeof value['at'] === 'number' && typeof value['text'] === 'string'

/** Earlier versions wrote no subject, and the leftovers under another name. */
const upgradeTask = (value: unknown): unknown =>
  isRecord(value) ? { subject: {}, leftovers: value['leftBehind'], ...value } : value

/** Nobody could clean up behind a step that was running when the app ended. */
function closeTask(task: Task): Task {
  if (task.state !== 'running') return task
  const problem = {
    code: 'cancelled',
    message: 'The app closed while this step was running',
    hint: 'Resume it: finished steps are not repeated.',
  } as const
  return {
    ...task,
    state: 'failed',
    leftovers: [
      ...task.leftovers,
      ...task.steps
        .filter(({ state }) => state === 'running')
        .map(({ title }) => `"${title}" was not finished and not undone`),
    ],
    steps: task.steps.map(step => (step.state === 'running' ? { ...step, state: 'failed', problem } : step)),
  }
}

export function openTaskHistory(folder: string, onDamaged?: OnDamaged): TaskHistory {
  const inOrder = createQueue()
  const recordOf = (id: string): string => join(folder, `${id}.json`)
  const logOf = (id: string): string => join(folder, `${id}.log`)
  const forget = async (id: string): Promise<void> => {
    await Promise.all([recordOf(id), logOf(id)].map(path => rm(path, { force: true })))
  }

  return {
    async load() {
      const stored = await readStoredFolder(folder, {
        parse(value, name) {
          const task = upgradeTask(value)
          return isTask(task) && `${task.id}.json` === name ? task : undefined
        },
        what: 'task',
        ...(onDamaged === undefined ? {} : { onDamaged }),
      })
      const tasks = stored.map(closeTask)
      tasks.sort((a, b) => b.startedAt - a.startedAt)
      await Promise.all(tasks.slice(MAX_TASKS).map(({ id }) => forget(id)))
      return tasks.slice(0, MAX_TASKS)
    },
    save: task =>
      inOrder(task.id, async () => {
        try {
          await writeAtomically(recordOf(task.id), JSON.stringify(task))
        } catch (error) {
          throw diskProblem(`The task "${task.title}" could not be kept`, error)
        }
      }),
    append: (id, lines) =>
      inOrder(id, async () => {
        await mkdir(folder, { recursive: true })
        await appendFile(logOf(id), lines.map(line => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 })
      }),
    readLines: id =>
      inOrder(id, async () => {
        const text = await readFile(logOf(id), 'utf8').catch((error: unknown) => {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
          throw diskProblem('The log of the task could not be read', error)
        })
        return text.split('\n').flatMap(line => {
          try {
            const read: unknown = JSON.parse(line)
            return isLine(read) ? [read] : []
          } catch {
            // The last line of a crash.
            return []
          }
        })
      }),
    forget: id => inOrder(id, () => forget(id)),
  }
}
