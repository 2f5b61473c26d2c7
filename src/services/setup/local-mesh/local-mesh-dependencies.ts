import type { Backend } from '../../../shared/contract.ts'
import type { SetupSetting } from '../setup-dependencies.ts'

/** What "Local mesh" works with: all of the set-up, and forwards. */
export interface LocalMeshSetting extends SetupSetting {
  readonly forwards: Pick<Backend, 'startForward' | 'watchForwards'>
}
