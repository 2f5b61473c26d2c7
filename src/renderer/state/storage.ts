import type { Api } from '../../shared/contract.ts'
import { follow } from './follow.ts'
import { notify } from './notices.ts'

/** Tells what the user has to know of the data folder: a file that was damaged, and what is not kept. */
export function followStorage(api: Pick<Api, 'watchStorage'>): () => void {
  let told = new Set<string>()
  return follow(
    signal => api.watchStorage(undefined, signal),
    problems => {
      for (const problem of problems)
        if (!told.has(problem.message))
          notify({
            kind: problem.code === 'not-kept' ? 'bad' : 'warning',
            message: problem.message,
            problem,
          })
      told = new Set(problems.map(({ message }) => message))
    },
    // The connection's own notice says that the backend is gone.
    () => {},
  ).stop
}
