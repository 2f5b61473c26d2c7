import { watch } from 'vue'
import type { TaskSummary } from '../../shared/contract/tasks.ts'
import { notify } from './notices.ts'
import { panelTab } from './panel.ts'
import { showTask, tasks, unfoldedTask } from './tasks.ts'
import { describeTask } from './format-task.ts'

const words = {
  done: { kind: 'good', text: 'is done' },
  failed: { kind: 'bad', text: 'failed' },
  cancelled: { kind: 'info', text: 'was cancelled' },
} as const

/** Tells of each task that ends while the window is open: in the window, and on the desktop where it is not seen. */
export function notifyEndedTasks(): () => void {
  const dismissals = new Map<string, () => void>()
  return watch(tasks, (now, before) => {
    const ran = new Set(before.filter(({ state }) => state === 'running').map(({ id }) => id))
    for (const task of now)
      if (task.state === 'running') dismissals.get(task.id)?.()
      else if (ran.has(task.id) && !isSeen(task)) dismissals.set(task.id, notifyEnded(task, task.state))
  }).stop
}

/** Whether Activity shows the task, so that a notice would only stand in its way. */
const isSeen = ({ id }: TaskSummary): boolean =>
  document.visibilityState === 'visible' && panelTab.value === 'activity' && unfoldedTask.value === id

/** Returns a function that dismisses the notice. */
function notifyEnded(task: TaskSummary, state: keyof typeof words): () => void {
  const { kind, text } = words[state]
  const message = `${task.title} ${text}`
  const dismiss = notify({
    kind,
    message,
    action: { title: 'Show', run: () => showTask(task.id) },
    ...(state === 'failed' ? problemOf(task) : {}),
  })
  // Never asked for at the start: it is used where the system has granted it already.
  if (
    document.visibilityState === 'hidden' &&
    'Notification' in window &&
    Notification.permission === 'granted'
  ) {
    const notification = new Notification(message, { body: describeTask(task), tag: task.id })
    notification.addEventListener('click', () => {
      window.focus()
      showTask(task.id)
      dismiss()
    })
  }
  return dismiss
}

function problemOf({ steps }: TaskSummary): Pick<Parameters<typeof notify>[0], 'problem'> {
  const problem = steps.find(({ state }) => state === 'failed')?.problem
  return problem === undefined ? {} : { problem }
}
