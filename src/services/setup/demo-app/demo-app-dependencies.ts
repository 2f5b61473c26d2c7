import type { Backend } from '../../../shared/contract.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'

/** What a demo app needs beside the rest of Setup: forwards to it. */
export interface DemoAppDependencies extends SetupDependencies {
  readonly forwards: Pick<Backend, 'startForward' | 'watchForwards'>
}
