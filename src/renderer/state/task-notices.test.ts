// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import type { TaskSummary } from '../../shared/contract/tasks.ts'
import { notices } from './notices.ts'
import { panelTab } from './panel.ts'
import { notifyEndedTasks } from './task-notices.ts'
import { showTask, tasks, unfoldedTask } from './tasks.ts'

const task = (state: TaskSummary['state'], id = '1'): TaskSummary => ({
  id,
  kind: 'local-mesh',
  title: 'Local mesh dev',
  subject: {},
  state,
  steps: [
    {
      name: 'a',
      title: 'Step a',
      state,
      ...(state === 'failed' ? { problem: { code: 'internal', message: 'No engine runs' } } : {}),
    },
  ],
  startedAt: 0,
  leftovers: [],
})
const become = async (...now: TaskSummary[]): Promise<void> => {
  tasks.value = now
  await nextTick()
}
const messages = (): string[] => notices.value.map(({ kind, message }) => `${kind}: ${message}`)

let stop = (): void => {}
beforeEach(() => {
  tasks.value = []
  notices.value = []
  panelTab.value = undefined
  unfoldedTask.value = undefined
  stop = notifyEndedTasks()
})
afterEach(() => {
  stop()
  vi.unstubAllGlobals()
})

describe('a task that ends', () => {
  test.each([
    ['done', 'good: Local mesh dev is done'],
    ['failed', 'bad: Local mesh dev failed'],
    ['cancelled', 'info: Local mesh dev was cancelled'],
  ] as const)('%s is told, with a way to it', async (state, message) => {
    await become(task('running'))
    await become(task(state))
    expect(messages()).toEqual([message])
    expect(notices.value[0]?.problem?.message).toBe(state === 'failed' ? 'No engine runs' : undefined)
    notices.value[0]?.action?.run()
    expect([panelTab.value, unfoldedTask.value]).toEqual(['activity', '1'])
  })

  test('is not told where it is seen, nor where it had ended before the window opened', async () => {
    await become(task('failed', '2'))
    await become(task('running'), task('failed', '2'))
    showTask('1')
    await become(task('done'), task('failed', '2'))
    expect(messages()).toEqual([])
  })

  test('and goes on takes its notice back', async () => {
    await become(task('running'))
    await become(task('failed'))
    await become(task('running'))
    expect(messages()).toEqual([])
  })

  test.each([
    ['granted', 1],
    ['default', 0],
    ['denied', 0],
  ])('behind a hidden window is told on the desktop only where that is %s', async (permission, count) => {
    const made: string[] = []
    class FakeNotification {
      static readonly permission = permission
      constructor(title: string) {
        made.push(title)
      }
      addEventListener(): void {
        // Nobody clicks here.
      }
    }
    vi.stubGlobal('Notification', FakeNotification)
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    showTask('1')
    await become(task('running'))
    await become(task('done'))
    expect(made.length).toBe(count)
    expect(messages()).toEqual(['good: Local mesh dev is done'])
    visibility.mockRestore()
  })
})
