import { describe, expect, test } from 'vitest'
import type { TaskProgress, TaskStep } from '../../shared/contract/define-task.ts'
import { describeTask, progressOf, summarizeRunning } from './format-task.ts'

const step = (state: TaskStep['state'], more: Partial<TaskStep> = {}): TaskStep => ({
  name: state,
  title: 'Install Istio',
  state,
  ...more,
})
const task = (
  state: TaskProgress['state'],
  steps: readonly TaskStep[],
  leftovers: readonly string[] = [],
): TaskProgress => ({
  id: '1',
  title: 'Local mesh dev',
  subject: {},
  state,
  steps,
  startedAt: 0,
  leftovers,
})

describe('a task in one line', () => {
  test.each([
    ['before its first step', task('running', [step('waiting')]), 'Starting', 0],
    ['while it runs', task('running', [step('done'), step('running')]), 'Install Istio', 0.5],
    [
      'with what its step says',
      task('running', [step('running', { note: '3 of 8 pods', progress: 0.5 }), step('waiting')]),
      'Install Istio · 3 of 8 pods',
      0.25,
    ],
    ['when it is done', task('done', [step('done')]), '1 step', 1],
    ['without steps', task('done', []), '0 steps', 1],
    [
      'when it failed',
      task('failed', [step('failed', { problem: { code: 'internal', message: 'No engine runs' } })]),
      'No engine runs',
      0,
    ],
    ['when it failed without a word', task('failed', [step('failed')]), 'Install Istio failed', 0],
    [
      'when it was stopped',
      task('cancelled', [step('cancelled')]),
      'Cancelled in "Install Istio"; nothing is left behind',
      0,
    ],
    [
      'when it left something',
      task('cancelled', [step('cancelled')], ['A cluster is left.']),
      'Cancelled in "Install Istio"; A cluster is left.',
      0,
    ],
  ])('%s', (_, shown, words, progress) => {
    expect(describeTask(shown)).toBe(words)
    expect(progressOf(shown)).toBe(progress)
  })
})

test.each([
  [[], ''],
  [[task('running', [step('done'), step('running', { progress: 0.5 })])], 'Local mesh dev… 75 %'],
  [[task('running', []), task('running', [])], '2 tasks running'],
])('the status bar: %#', (running, words) => {
  expect(summarizeRunning(running)).toBe(words)
})
