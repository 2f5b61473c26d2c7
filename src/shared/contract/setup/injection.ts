import * as v from 'valibot'
import type { ControlPlane } from '../../../domain/setup/injection/control-planes.ts'
import type { InjectionPatch } from '../../../domain/setup/injection/injection-change.ts'
import type { InjectionEffect } from '../../../domain/setup/injection/plan-injection.ts'
import type { PodInjection } from '../../../domain/setup/injection/pod-injection.ts'
import type { NamespaceSummary } from '../../../domain/setup/injection/summarize-injection.ts'
import type { Problem } from '../../../domain/problem.ts'
import { RESTARTABLE_KINDS } from '../../../domain/setup/injection/workload-of.ts'
import { call, stream } from '../../rpc/contract.ts'
import { defineTask } from '../define-task.ts'
import { input } from '../input.ts'

/** Who is in the mesh, in all or some namespaces. */
export interface InjectionReport {
  readonly planes: readonly ControlPlane[]
  /** The values of `istio.io/rev` that a webhook serves: revisions and tags. */
  readonly revisions: readonly string[]
  readonly hasIstio: boolean
  readonly hasAmbient: boolean
  readonly hasLinkerd: boolean
  readonly namespaces: readonly NamespaceSummary[]
  /** What could not be read, and webhooks that fail. */
  readonly problems: readonly Problem[]
}

/** What a change of injection would do, before anything is sent. */
export interface InjectionPlan extends InjectionPatch {
  readonly effects: readonly InjectionEffect[]
  /** It is so already. */
  readonly isSame: boolean
}

const workload = v.object({ kind: v.string(), name: v.string() })
const change = v.variant('kind', [
  v.object({ kind: v.literal('default') }),
  v.object({ kind: v.literal('revision'), revision: v.string() }),
  v.object({ kind: v.literal('ambient') }),
  v.object({ kind: v.literal('linkerd'), isIngress: v.boolean() }),
  v.object({ kind: v.literal('off') }),
  v.object({ kind: v.literal('unset') }),
])

const restarted = v.object({
  kind: v.picklist(RESTARTABLE_KINDS, 'Only Deployments, StatefulSets and DaemonSets can be restarted'),
  namespace: v.pipe(v.string(), v.nonEmpty('A workload needs a namespace')),
  name: v.pipe(v.string(), v.nonEmpty('A workload needs a name')),
})
export type RestartedWorkload = Readonly<v.InferOutput<typeof restarted>>

/** Restarts workloads one after another, so that their pods get the proxy that they should have. */
export const workloadsRestart = defineTask('workloads-restart', {
  input: v.object({
    context: v.pipe(v.string(), v.nonEmpty('The task needs a context')),
    workloads: v.pipe(v.array(restarted), v.minLength(1, 'The task needs at least one workload')),
  }),
  subjectOf: ({ context }) => ({ context }),
})

export const injection = {
  /** The state of injection now and at each change. `namespaces` empty: all. */
  watchInjection: stream(
    input(v.object({ context: v.string(), namespaces: v.array(v.string()) })),
  ).of<InjectionReport>(),
  /** The pods of one workload, or one pod, each with why it is in the mesh or not; follows changes. */
  watchInjectedPods: stream(
    input(
      v.object({
        context: v.string(),
        namespace: v.string(),
        workload: v.exactOptional(workload),
        pod: v.exactOptional(v.string()),
      }),
    ),
  ).of<readonly PodInjection[]>(),
  /** What a change for a namespace, or for one workload in it, would do. Nothing is sent; the patch goes to `planPatches`. */
  planInjection: call(
    input(
      v.object({
        context: v.string(),
        namespace: v.string(),
        workload: v.exactOptional(workload),
        change,
      }),
    ),
  ).returns<InjectionPlan>(),
}
