import * as v from 'valibot'
import { forwardKinds } from '../../domain/forwards/forward-target.ts'
import type { Problem } from '../../domain/problem.ts'
import { call, stream } from '../rpc/contract.ts'
import { contextSchema, input } from './input.ts'

const portNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

const plan = v.object({
  context: v.string(),
  target: v.object({ kind: v.picklist(forwardKinds), namespace: v.string(), name: v.string() }),
  /** The number or name of the port, of a Service its own port. */
  port: v.pipe(v.string(), v.minLength(1), v.maxLength(63)),
  /** Absent: a free one, kept from then on. */
  localPort: v.exactOptional(portNumber),
  /** Who can connect: this machine only, or any that reaches it. */
  reach: v.picklist(['this-machine', 'network']),
})

export type ForwardPlan = v.InferOutput<typeof plan>

export type ForwardState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  /** Connections go to `pod`. */
  | { readonly kind: 'ready'; readonly pod: string; readonly podPort: number; readonly since: number }
  /** The target has no pod to go to: connections are held until it has, for a while. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** It is tried again by itself. */
  | { readonly kind: 'broken'; readonly problem: Problem }
  /** Another program has the local port: it is tried again by itself. */
  | { readonly kind: 'port-taken'; readonly problem: Problem }

/** A forward, started or remembered. */
export interface Forward {
  readonly id: string
  readonly plan: ForwardPlan
  readonly state: ForwardState
  /** The local port, once there is one. */
  readonly localPort?: number
  /** Open now. */
  readonly connections: number
  /** Ever opened since the app started. */
  readonly opened: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** What the pod's end said of the last connection that failed. */
  readonly lastRefusal?: string
}

const byId = v.object({ id: v.string() })

export const forwards = {
  /** Starts one, or starts again the remembered one of the same target and port. */
  startForward: call(input(plan)).returns<Forward>(),
  /** Closes its port and connections; it stays remembered. */
  stopForward: call(input(byId)).returns<Forward>(),
  /** Stops and forgets it. */
  removeForward: call(input(byId)).returns<undefined>(),
  /** Those of a context, now and at every change. Who asks first starts those that ran when the app ended. */
  watchForwards: stream(input(contextSchema)).of<Forward[]>(),
}
