import { toProblem } from '../../domain/problem.ts'
import { useApi } from './api.ts'
import { notify } from './notices.ts'

/** What the user can do with a task; failures are shown as notices. Only inside `setup`. */
export interface TaskActions {
  readonly cancel: (id: string) => Promise<void>
  readonly resume: (id: string) => Promise<void>
  readonly forget: (id: string) => Promise<void>
}

export function useTaskActions(): TaskActions {
  const api = useApi()
  const notifyFailure = async (doing: Promise<unknown>): Promise<void> => {
    try {
      await doing
    } catch (error) {
      const problem = toProblem(error)
      notify({ kind: 'bad', message: problem.message, problem })
    }
  }
  return {
    cancel: id => notifyFailure(api.cancelTask({ id })),
    resume: id => notifyFailure(api.resumeTask({ id })),
    forget: id => notifyFailure(api.forgetTask({ id })),
  }
}
