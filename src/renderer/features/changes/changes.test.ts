import { describe, expect, test } from 'vitest'
import type { Problem } from '../../../domain/problem.ts'
import type { ChangePlan, ChangeStep, JournalEntry } from '../../../shared/contract/changes.ts'
import { joinTexts } from './join-texts.ts'
import { applyWords, nameSteps, outcomeWords, refusalOf, revertRefusal, stateBadge } from './words.ts'

const id = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  namespace: 'default',
  name: 'myapp',
}
const step = (change: Partial<ChangeStep> = {}): ChangeStep => ({
  id,
  action: 'update',
  line: 1,
  base: 'b',
  before: 'a: 1\n',
  after: 'a: 2\n',
  conflicts: [],
  problems: [],
  warnings: [],
  ...change,
})
const plan = (...steps: ChangeStep[]): ChangePlan => ({ context: 'playground', steps, problems: [] })
const conflict = { field: '.spec.http', manager: 'kubectl' }
const problem: Problem = { code: 'invalid', message: 'The weights do not add up to 100' }
const forbidden: Problem = { code: 'forbidden', message: 'viewer cannot patch virtualservices' }

describe('joinTexts', () => {
  test('one text stays as it is', () => {
    const joined = joinTexts(['a: 1\r\n\n'])
    expect(joined.text).toBe('a: 1\r\n\n')
    expect(joined.placeOf(2)).toEqual({ index: 0, line: 2 })
  })
  test('lines are found in their own texts', () => {
    const joined = joinTexts(['a: 1\nb: 2\n\n', 'c: 3\r\nd: 4', 'e: 5\n'])
    expect(joined.text).toBe('a: 1\nb: 2\n---\nc: 3\nd: 4\n---\ne: 5\n')
    expect([1, 2, 4, 5, 7].map(joined.placeOf)).toEqual([
      { index: 0, line: 1 },
      { index: 0, line: 2 },
      { index: 1, line: 1 },
      { index: 1, line: 2 },
      { index: 2, line: 1 },
    ])
  })
})

test.each([
  ['text', plan(step()), 'Apply 1 change to playground'],
  [
    'text',
    plan(step(), step({ action: 'create' }), step({ action: 'unchanged' })),
    'Apply 2 changes to playground',
  ],
  ['text', plan(step({ action: 'unchanged' })), 'Apply changes to playground'],
  ['text', undefined, 'Apply changes to staging'],
  ['delete', plan(step({ action: 'delete' })), 'Delete VirtualService myapp in playground'],
  ['revert', plan(step()), 'Revert 1 change in playground'],
] as const)('the button of %s', (kind, given, words) => {
  expect(applyWords(kind, given, 'staging')).toBe(words)
})

test.each([
  ['a good plan', plan(step()), undefined],
  ['no plan', undefined, /not known yet/],
  ['nothing to do', plan(step({ action: 'unchanged' })), /^Nothing to change/],
  ['a broken text', { ...plan(), problems: [problem] }, /text has problems/],
  ['a refusal', plan(step(), step({ problems: [problem] })), / 1 object$/],
  ['no right', plan(step({ problems: [forbidden] })), /viewer cannot patch/],
  ['a conflict', plan(step({ conflicts: [conflict] })), /VirtualService myapp belong to others/],
] as const)('what stands against %s', (_, given, words) => {
  if (words === undefined) expect(refusalOf(given)).toBeUndefined()
  else expect(refusalOf(given)).toMatch(words)
})

const entry = (change: Partial<JournalEntry> = {}): JournalEntry => ({
  id: '1',
  context: 'playground',
  title: 'myapp: 2 numbers changed',
  at: 0,
  state: 'applied',
  steps: [{ id, action: 'update', before: 'a: 1\n', after: 'a: 2\n', outcome: 'applied' }],
  ...change,
})
const failed = { id, action: 'update', before: '', after: '', outcome: 'failed' } as const

test.each([
  ['applied', entry(), 'Applied 1 change to playground', 'Applied', undefined],
  ['taken back', entry({ revertedBy: '2' }), 'Applied 1 change to playground', 'Reverted', /already/],
  ['a revert', entry({ revertOf: '0' }), 'Reverted 1 change in playground', 'Applied', undefined],
  [
    'half',
    entry({ state: 'partly', steps: [...entry().steps, failed] }),
    'Applied 1 of 2 changes to playground',
    'Partly applied',
    undefined,
  ],
  [
    'failed',
    entry({ state: 'failed', steps: [failed] }),
    'Applied nothing to playground',
    'Failed',
    /Nothing of it/,
  ],
  [
    'not known to have arrived',
    entry({
      state: 'failed',
      steps: [{ ...failed, problem: { code: 'unreachable', message: 'No answer' } }],
    }),
    'Applied nothing to playground',
    'Failed',
    undefined,
  ],
  ['running', entry({ state: 'running' }), 'Under way: 1 change to playground', 'Running', /under way/],
] as const)('an entry that is %s', (_, given, words, badge, refusal) => {
  expect(outcomeWords(given)).toBe(words)
  expect(stateBadge(given).text).toBe(badge)
  if (refusal === undefined) expect(revertRefusal(given)).toBeUndefined()
  else expect(revertRefusal(given)).toMatch(refusal)
})

test('a change without a name of its own is named by its objects', () => {
  const of = (kind: string, name: string, action: ChangeStep['action'] = 'create') => ({
    id: { apiVersion: 'v1', kind, name },
    action,
  })
  expect(nameSteps([of('Service', 'a')])).toBe('Service a')
  expect(nameSteps([of('Service', 'a'), of('Gateway', 'b'), of('Pod', 'c', 'unchanged')])).toBe(
    'Service a and Gateway b',
  )
  expect(nameSteps(['a', 'b', 'c', 'd'].map(name => of('Service', name)))).toBe(
    'Service a, Service b and 2 more',
  )
})
