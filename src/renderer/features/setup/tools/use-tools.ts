import { onScopeDispose, shallowRef, watch } from 'vue'
import { toProblem, type Problem } from '../../../../domain/problem.ts'
import type { ToolName } from '../../../../domain/setup/tools/tool-name.ts'
import type { ToolState, UnconfirmedFile } from '../../../../shared/contract/setup/tools.ts'
import { useApi } from '../../../state/api.ts'
import { notify } from '../../../state/notices.ts'
import { tasks } from '../../../state/tasks.ts'

/** The tools of this machine as they are now; read again after everything that may have changed them. */
export function useTools() {
  const api = useApi()
  const tools = shallowRef<readonly ToolState[]>([])
  const unconfirmed = shallowRef<readonly UnconfirmedFile[]>([])
  const problem = shallowRef<Problem>()
  const isLooking = shallowRef(false)
  const abort = new AbortController()
  onScopeDispose(() => abort.abort())

  async function look(): Promise<void> {
    isLooking.value = true
    try {
      const [found, waiting] = await Promise.all([
        api.listTools(undefined, abort.signal),
        api.listUnconfirmed(undefined, abort.signal),
      ])
      tools.value = found
      unconfirmed.value = waiting
      problem.value = undefined
    } catch (error) {
      if (!abort.signal.aborted) problem.value = toProblem(error)
    } finally {
      isLooking.value = false
    }
  }

  /** Does something and rescans; the user is notified of a failure. */
  async function change(doing: Promise<void>): Promise<boolean> {
    try {
      await doing
      await look()
      return true
    } catch (error) {
      const failure = toProblem(error)
      notify({ kind: 'bad', message: failure.message, problem: failure })
      return false
    }
  }

  // What a task of another window installed shows here too.
  watch(
    () =>
      tasks.value
        .filter(({ kind, state }) => kind === 'tool-install' && state !== 'running')
        .map(({ id, endedAt }) => `${id} ${endedAt ?? ''}`)
        .join('\n'),
    () => void look(),
    { immediate: true },
  )

  return {
    tools,
    unconfirmed,
    problem,
    isLooking,
    look,
    choose: (tool: ToolName, path: string | undefined) =>
      change(api.chooseTool(path === undefined ? { tool } : { tool, path })),
    remove: (tool: ToolName, version: string) => change(api.removeTool({ tool, version })),
    discard: ({ tool, version, from }: UnconfirmedFile) =>
      change(api.discardUnconfirmed({ tool, version, from })),
  }
}
