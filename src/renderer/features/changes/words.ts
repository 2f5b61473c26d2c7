import type { Problem } from '../../../domain/problem.ts'
import { resourceKey, type ResourceId } from '../../../domain/kubernetes/kubernetes-object.ts'
import { mayHaveChanged } from '../../../shared/may-have-changed.ts'
import type { ChangePlan, ChangeStep, JournalEntry, JournalStep } from '../../../shared/contract/changes.ts'

export type Tone = 'plain' | 'good' | 'warning' | 'bad' | 'accent'

export const countOf = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? '' : 's'}`

export const objectWords = ({ kind, name }: Pick<ResourceId, 'kind' | 'name'>): string => `${kind} ${name}`

export const stepKey = ({ id }: Pick<ChangeStep, 'id'>): string => resourceKey(id)

/** What a reviewed plan was made of, which is sent with it. */
export const basisOf = ({ steps }: ChangePlan): Record<string, string> =>
  Object.fromEntries(steps.map(step => [stepKey(step), step.base]))

const NAMED = 2

/** A change named by its objects: `VirtualService web, Gateway web and 2 more`. */
export function nameSteps(steps: readonly Pick<ChangeStep, 'id' | 'action'>[]): string {
  const acting = steps.filter(doesSomething)
  const named = acting.length > 0 ? acting : steps
  const names = named.slice(0, NAMED).map(({ id }) => objectWords(id))
  const more = named.length - names.length
  return more === 0 ? names.join(' and ') : `${names.join(', ')} and ${String(more)} more`
}

const doesSomething = ({ action }: Pick<ChangeStep, 'action'>): boolean => action !== 'unchanged'

export const actionTones: Readonly<Record<ChangeStep['action'], Tone>> = {
  create: 'good',
  update: 'accent',
  unchanged: 'plain',
  delete: 'bad',
}

/** What the button that carries the plan out says. */
export function applyWords(
  kind: 'text' | 'patches' | 'delete' | 'revert',
  plan: ChangePlan | undefined,
  context: string,
): string {
  const steps = plan?.steps.filter(doesSomething) ?? []
  const where = plan?.context ?? context
  const count = steps.length === 0 ? 'changes' : countOf(steps.length, 'change')
  switch (kind) {
    case 'text':
    case 'patches':
      return `Apply ${count} to ${where}`
    case 'revert':
      return `Revert ${count} in ${where}`
    case 'delete':
      return `Delete ${steps[0] === undefined ? 'the object' : objectWords(steps[0].id)} in ${where}`
  }
}

/** Why a plan cannot be carried out; undefined where it can. */
export function refusalOf(plan: ChangePlan | undefined): string | undefined {
  if (plan === undefined) return 'What the change would do is not known yet'
  if (plan.problems.length > 0) return 'The text has problems'
  const problems = plan.steps.flatMap(step => step.problems)
  const forbidden = problems.find(({ code }) => code === 'forbidden')
  if (forbidden !== undefined) return `You don't have permission to do this: ${forbidden.message}`
  const refused = plan.steps.filter(step => step.problems.length > 0).length
  if (refused > 0) return `The cluster rejects ${countOf(refused, 'object')}`
  const contested = plan.steps.find(({ conflicts }) => conflicts.length > 0)
  if (contested !== undefined)
    return `Fields of ${objectWords(contested.id)} belong to others: take them over or leave them out`
  if (!plan.steps.some(doesSomething)) return 'Nothing to change: the cluster has all of this already'
  return undefined
}

/** What became of a change. */
export function outcomeWords(entry: JournalEntry): string {
  const steps = entry.steps.filter(doesSomething)
  const done = steps.filter(({ outcome }) => outcome === 'applied')
  const [only] = steps
  const where = entry.revertOf === undefined ? `to ${entry.context}` : `in ${entry.context}`
  const verb = entry.revertOf === undefined ? 'Applied' : 'Reverted'
  switch (entry.state) {
    case 'running':
      return `Under way: ${countOf(steps.length, 'change')} ${where}`
    case 'applied':
      if (entry.revertOf === undefined && only?.action === 'delete' && steps.length === 1)
        return `Deleted ${objectWords(only.id)} in ${entry.context}`
      return `${verb} ${countOf(steps.length, 'change')} ${where}`
    case 'partly':
      return `${verb} ${String(done.length)} of ${countOf(steps.length, 'change')} ${where}`
    case 'failed':
      return `${verb} nothing ${where}`
  }
}

export function stateBadge(entry: JournalEntry): { readonly text: string; readonly tone: Tone } {
  if (entry.revertedBy !== undefined) return { text: 'Reverted', tone: 'plain' }
  switch (entry.state) {
    case 'running':
      return { text: 'Running', tone: 'accent' }
    case 'applied':
      return { text: 'Applied', tone: 'good' }
    case 'partly':
      return { text: 'Partly applied', tone: 'warning' }
    case 'failed':
      return { text: 'Failed', tone: 'bad' }
  }
}

export const outcomeTones: Readonly<Record<JournalStep['outcome'], Tone>> = {
  waiting: 'plain',
  applied: 'good',
  failed: 'bad',
  skipped: 'warning',
}

/** Why an entry cannot be taken back; undefined where it can. */
export function revertRefusal(entry: JournalEntry): string | undefined {
  if (entry.revertedBy !== undefined) return 'It was taken back already'
  if (entry.state === 'running') return 'It is still under way'
  if (!entry.steps.some(mayHaveChanged)) return 'Nothing of it was applied'
  return undefined
}

/** A problem without its line, for where the line is a link. */
export const withoutLine = (problem: Problem): Problem =>
  Object.fromEntries(Object.entries(problem).filter(([key]) => key !== 'line')) as unknown as Problem
