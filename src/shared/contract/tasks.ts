import * as v from 'valibot'
import { ProblemError } from '../../domain/problem.ts'
import { call, stream } from '../rpc/contract.ts'
import type { TaskSummaryOf } from './define-task.ts'
import { input, nothing } from './input.ts'
import { addOnsInstall, addOnsRemove } from './setup/add-ons.ts'
import {
  clusterCreate,
  clusterDelete,
  clusterStart,
  clusterStop,
  imageLoad,
  loadBalancer,
} from './setup/clusters.ts'
import { workloadsRestart } from './setup/injection.ts'
import { istioInstall, istioTag, istioUninstall } from './setup/istio.ts'
import { linkerdInstall, linkerdUninstall, linkerdUpgrade, linkerdViz } from './setup/linkerd.ts'
import { localMesh } from './setup/local-mesh.ts'
import { toolInstall } from './setup/tools.ts'

/** Every kind of long work. */
const TASKS = [
  localMesh,
  clusterCreate,
  clusterDelete,
  clusterStart,
  clusterStop,
  imageLoad,
  loadBalancer,
  istioInstall,
  istioUninstall,
  istioTag,
  linkerdInstall,
  linkerdUpgrade,
  linkerdUninstall,
  linkerdViz,
  addOnsInstall,
  addOnsRemove,
  workloadsRestart,
  toolInstall,
] as const
type KnownTask = (typeof TASKS)[number]

export type TaskKind = KnownTask['kind']
/** What starts a task: its kind, and the input of that kind. */
export type TaskRequest = ReturnType<KnownTask['readRequest']>
/** A long piece of work, as the window shows it; `unknown` is of another version of the app. */
export type TaskSummary = ReturnType<KnownTask['summarize']> | TaskSummaryOf<'unknown', never>

/** The declaration of a kind; undefined where this version of the app has no such kind. */
export const findTask = (kind: string): KnownTask | undefined => TASKS.find(each => each.kind === kind)

const readParts = input(v.object({ kind: v.string(), input: v.unknown() }))

/** Reads what starts a task, as the schema of its kind says. */
export function readTaskRequest(value: unknown): TaskRequest {
  const parts = readParts(value)
  const task = findTask(parts.kind)
  if (task) return task.readRequest(parts.input)
  throw new ProblemError({
    code: 'unsupported',
    message: `This version of the app has no task "${parts.kind}"`,
    hint: 'Start it again from Setup.',
  })
}

export interface TaskLine {
  readonly at: number
  readonly step: string
  readonly stream: 'stdout' | 'stderr' | 'note'
  readonly text: string
}

const taskId = input(v.object({ id: v.string() }))

/** Long work. It belongs to the backend and runs on when the window is reloaded or closed. */
export const tasks = {
  /** Begins work; `bad-input` where the input is not that kind's, `conflict` where a task on the same thing runs. */
  startTask: call(readTaskRequest).returns<TaskSummary>(),
  /** Resumes a failed or cancelled task at the step that is not done. */
  resumeTask: call(taskId).returns<TaskSummary>(),
  /** Stops a task; returns when it has cleaned up behind itself. */
  cancelTask: call(taskId).returns<TaskSummary>(),
  /** Takes an ended task out of the history. */
  forgetTask: call(taskId).returns<void>(),
  /** All tasks, newest first, at each change. */
  watchTasks: stream(nothing).of<readonly TaskSummary[]>(),
  /** The lines of a task, the earlier ones first; ends with the task. */
  watchTaskLines: stream(taskId).of<readonly TaskLine[]>(),
}
