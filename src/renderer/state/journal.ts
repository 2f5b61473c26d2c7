import { shallowRef } from 'vue'
import type { Problem } from '../../domain/problem.ts'
import type { Api } from '../../shared/contract.ts'
import type { JournalEntry } from '../../shared/contract/changes.ts'
import { follow } from './follow.ts'

/** Every change that was sent to a cluster, newest first. */
export const journal = shallowRef<readonly JournalEntry[]>([])
export const journalProblem = shallowRef<Problem>()

export function followJournal(api: Pick<Api, 'watchJournal'>): () => void {
  return follow(
    signal => api.watchJournal(undefined, signal),
    entries => {
      journal.value = entries
      journalProblem.value = undefined
    },
    problem => (journalProblem.value = problem),
  ).stop
}
