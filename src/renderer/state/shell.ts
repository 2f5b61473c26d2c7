import { shallowRef } from 'vue'
import type { Api } from '../../shared/contract.ts'
import type { ShellState } from '../../shared/contract/shell.ts'

/** The shell around the window; undefined until it has answered. */
export const shell = shallowRef<ShellState>()

/** Why no program can be chosen; undefined where one can. */
export const programProblem = (): string | undefined =>
  shell.value?.kind === 'browser'
    ? 'Not in the browser: put the program on the PATH, or use the desktop app'
    : undefined

/** Asks once: the shell stays the same as long as the window is open. */
export async function readShell(api: Pick<Api, 'readShell'>): Promise<void> {
  shell.value = await api.readShell()
}
