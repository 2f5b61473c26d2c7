import * as v from 'valibot'
import type { LocalMeshInput } from '../../../domain/setup/local-mesh/local-mesh-input.ts'
import { defineState } from '../../tasks/step-state.ts'

/** What the demo app is put into. */
export interface DemoAppOptions extends Pick<LocalMeshInput, 'mesh' | 'profile' | 'target'> {
  readonly context: string
  readonly readyTimeoutMs: number
}

/** What the outcome of the task warns of. */
export const WARNINGS = defineState('warnings', v.array(v.string()))
