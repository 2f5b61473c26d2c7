import type { JournalStep } from './contract/changes.ts'

/** Codes of a step that was sent and never answered: it may have been carried out. */
const UNANSWERED: ReadonlySet<string> = new Set(['cancelled', 'unreachable'])

/** Whether a step of the journal changed its object, or may have: what a revert has to put back. */
export const mayHaveChanged = ({ outcome, action, problem }: JournalStep): boolean =>
  action !== 'unchanged' &&
  (outcome === 'applied' || (outcome === 'failed' && UNANSWERED.has(problem?.code ?? '')))
