import type { Backend } from '../../shared/contract.ts'
import type { Tools } from './tools.ts'

/** The window's side of the tools. */
export function createToolHandlers(
  tools: Tools,
): Pick<Backend, 'listTools' | 'chooseTool' | 'removeTool' | 'listUnconfirmed' | 'discardUnconfirmed'> {
  return {
    listTools: (_input, signal) => tools.list(signal),
    chooseTool: ({ tool, path }) => tools.choose(tool, path),
    listUnconfirmed: () => tools.listUnconfirmed(),
    discardUnconfirmed: file => tools.discard(file),
    removeTool: ({ tool, version }) => tools.remove(tool, version),
  }
}
