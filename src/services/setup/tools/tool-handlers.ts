import type { Backend } from '../../../shared/contract.ts'
import type { Grants } from '../../workspace/grants.ts'
import type { Tools } from './tools.ts'

/** The window's side of the tools. */
export function createToolHandlers(
  tools: Tools,
  grants: Pick<Grants, 'assertProgram'>,
): Pick<Backend, 'listTools' | 'chooseTool' | 'removeTool' | 'listUnconfirmed' | 'discardUnconfirmed'> {
  return {
    listTools: (_input, signal) => tools.list(signal),
    async chooseTool({ tool, path }, signal) {
      // One of the programs that are found anyway may be preferred; any other is the user's to choose.
      const isFound = async (): Promise<boolean> =>
        (await tools.find(tool, undefined, signal)).programs.some(program => program.path === path)
      if (path !== undefined && !(await isFound())) await grants.assertProgram(path)
      await tools.choose(tool, path)
    },
    listUnconfirmed: () => tools.listUnconfirmed(),
    discardUnconfirmed: file => tools.discard(file),
    removeTool: ({ tool, version }) => tools.remove(tool, version),
  }
}
