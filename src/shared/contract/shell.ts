import { call } from '../rpc/contract.ts'
import { nothing } from './input.ts'

/** What the window can do depends on the shell around it. */
export interface ShellState {
  readonly kind: 'desktop' | 'browser'
  /**
   * The only folders whose files the window may read and write, resolved; absent where the user grants files and
   * folders one by one in the system's dialog.
   */
  readonly folders?: readonly string[]
}

export const shell = {
  readShell: call(nothing).returns<ShellState>(),
  /** Opens another window, or returns the one-time code with which the page opens another tab. */
  openWindow: call(nothing).returns<{ readonly code?: string }>(),
  /** Answered at once: whether the backend still answers. */
  ping: call(nothing).returns<void>(),
}
