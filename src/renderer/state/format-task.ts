import type { TaskProgress, TaskStep } from '../../shared/contract/define-task.ts'

/** The step that a task is at: the one that runs, failed or was stopped. */
export const currentStep = ({ steps }: TaskProgress): TaskStep | undefined =>
  steps.find(({ state }) => state === 'running' || state === 'failed' || state === 'cancelled')

/** How far a task is, 0 to 1: steps that are done, and what the running one says of itself. */
export function progressOf({ steps }: TaskProgress): number {
  const done = steps.reduce(
    (sum, { state, progress = 0 }) => sum + (state === 'done' ? 1 : state === 'running' ? progress : 0),
    0,
  )
  return steps.length === 0 ? 1 : done / steps.length
}

/** In one line what a task does now or how it ended: `Install Istio · 3 of 8 pods`. */
export function describeTask(task: TaskProgress): string {
  const step = currentStep(task)
  if (task.state === 'done') return `${task.steps.length} ${task.steps.length === 1 ? 'step' : 'steps'}`
  if (!step) return 'Starting'
  if (step.state === 'failed') return step.problem?.message ?? `${step.title} failed`
  if (step.state === 'cancelled')
    return task.leftovers.length === 0
      ? `Cancelled in "${step.title}"; nothing is left behind`
      : `Cancelled in "${step.title}"; ${task.leftovers.join(' ')}`
  return step.note === undefined ? step.title : `${step.title} · ${step.note}`
}

/** For the status bar: `Local mesh dev… 40 %`, or how many run. */
export function summarizeRunning(running: readonly TaskProgress[]): string {
  const [first, ...others] = running
  if (!first) return ''
  if (others.length > 0) return `${running.length} tasks running`
  return `${first.title}… ${Math.round(progressOf(first) * 100)} %`
}
