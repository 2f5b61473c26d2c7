import { ProblemError } from '../domain/problem.ts'
import type { Backend } from '../shared/contract.ts'
import type { Host } from './host.ts'

/** What the window asks about the shell around it. */
export function createShellHandlers({
  folders,
  openWindow,
}: Pick<Host, 'folders' | 'openWindow'>): Pick<Backend, 'readShell' | 'openWindow' | 'ping'> {
  return {
    readShell: () =>
      Promise.resolve(folders === undefined ? { kind: 'desktop' } : { kind: 'browser', folders }),
    async openWindow() {
      if (openWindow) return await openWindow()
      throw new ProblemError({ code: 'unsupported', message: 'This shell has one window only' })
    },
    ping: () => Promise.resolve(),
  }
}
