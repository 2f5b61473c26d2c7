import * as v from 'valibot'
import type { StepReadings } from '../../domain/canary/watch-step.ts'
import type { Problem } from '../../domain/problem.ts'
import { call, stream } from '../rpc/contract.ts'
import { input, nothing } from './input.ts'

const plan = v.object({
  context: v.string(),
  /** Of the VirtualService, as the cluster serves it. */
  apiVersion: v.string(),
  namespace: v.string(),
  /** The VirtualService. */
  name: v.string(),
  /** Index in `spec.http`. */
  rule: v.number(),
  /** `namespace/name` of the Service that both versions are of. */
  service: v.string(),
  stable: v.object({ subset: v.string(), version: v.string() }),
  canary: v.object({ subset: v.string(), version: v.string() }),
  /** The canary's share in percent, growing. */
  weights: v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(100))), v.minLength(1)),
  limits: v.object({ errorPercent: v.exactOptional(v.number()), p95: v.exactOptional(v.number()) }),
  /** Fields of the VirtualService that others own are taken over. */
  takesOver: v.boolean(),
})

export type CanaryPlan = v.InferOutput<typeof plan>

export interface CanaryStep {
  readonly weight: number
  readonly state: 'ahead' | 'applying' | 'watching' | 'passed' | 'stopped'
  /** The change that set the weight, in the journal. */
  readonly entry?: string
  readonly readings: StepReadings
}

/** A stepped canary. It stands in the backend and on the disk: a window that comes later shows it as it is. */
export interface Canary {
  readonly id: string
  readonly plan: CanaryPlan
  /** Milliseconds since 1970. */
  readonly at: number
  readonly state: 'running' | 'done' | 'going-back' | 'gone-back' | 'stopped'
  readonly steps: readonly CanaryStep[]
  /** Why it is not running any more. */
  readonly reason?: string
  readonly problem?: Problem
}

const byId = v.object({ id: v.string() })

export const canary = {
  /** Applies the first step through the changes and their journal, and watches it. */
  startCanary: call(input(plan)).returns<Canary>(),
  /** Goes to the next step; after the last one the canary is done. */
  continueCanary: call(input(byId)).returns<Canary>(),
  /** Ends it: back to how it was before the first step, or as it is now. A step that is being applied ends first. */
  stopCanary: call(input(v.object({ id: v.string(), goesBack: v.boolean() }))).returns<Canary>(),
  /** All of them, newest first, now and at every change. */
  watchCanaries: stream(nothing).of<Canary[]>(),
}
