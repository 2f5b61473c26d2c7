import * as v from 'valibot'
import type { Problem } from '../../domain/problem.ts'
import type { ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import { call, stream } from '../rpc/contract.ts'
import { input, nothing, resourceIdSchema } from './input.ts'

/** A field that another manager owns and the change would take. Source: Kubernetes, Server-Side Apply, Conflicts. */
export interface FieldConflict {
  /** `.spec.http`, as the API server writes it. */
  readonly field: string
  readonly manager: string
  /** 1-based line of the field in the text, where it could be found. */
  readonly line?: number
}

/** What a change does to one object, found out by a server-side dry run. */
export interface ChangeStep {
  readonly id: ResourceId
  readonly action: 'create' | 'update' | 'unchanged' | 'delete'
  /** 1-based first line of the object's document in the text. */
  readonly line: number
  /** Stands for the state of the live object that this was planned with; an opaque text, other for each state. */
  readonly base: string
  /** The live object as YAML without server noise; empty where there is none. */
  readonly before: string
  /** The object after the change, as the server would store it; empty for a delete or where the dry run failed. */
  readonly after: string
  readonly conflicts: readonly FieldConflict[]
  /** Errors of the dry run with lines in the user's text. A step with problems (or conflicts not taken) cannot be applied. */
  readonly problems: readonly Problem[]
  /** The API server's Warning headers. */
  readonly warnings: readonly string[]
  /** Of a revert: somebody changed the object after the change that is taken back. */
  readonly isChangedSince?: boolean
}

/** The `base` of each step of a reviewed plan, by `resourceKey`. */
export type Basis = Readonly<Record<string, string>>

export interface ChangePlan {
  readonly context: string
  readonly steps: readonly ChangeStep[]
  /** Problems of the text as a whole, such as broken YAML. */
  readonly problems: readonly Problem[]
}

export type StepOutcome = 'waiting' | 'applied' | 'failed' | 'skipped'

export interface JournalStep {
  readonly id: ResourceId
  readonly action: ChangeStep['action']
  readonly before: string
  readonly after: string
  readonly outcome: StepOutcome
  readonly problem?: Problem
}

/** One change that was sent to a cluster. Written to disk before the first request leaves. */
export interface JournalEntry {
  readonly id: string
  readonly context: string
  readonly title: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly state: 'running' | 'applied' | 'partly' | 'failed'
  readonly steps: readonly JournalStep[]
  /** The entry that this one takes back. */
  readonly revertOf?: string
  /** The entry that took this one back. */
  readonly revertedBy?: string
}

const basis = v.record(v.string(), v.string())

const change = v.object({
  context: v.string(),
  /** YAML, one or more documents. */
  text: v.string(),
  /** Objects whose conflicts the user chose to take over, as `resourceKey` texts. */
  force: v.array(v.string()),
})

const patches = {
  context: v.string(),
  /** JSON merge patches (RFC 7396), which can take fields away whoever owns them. */
  patches: v.array(v.object({ id: resourceIdSchema, patch: v.unknown() })),
}

export const changes = {
  /** Dry-runs the text against the cluster. Nothing changes. */
  planChange: call(input(change)).returns<ChangePlan>(),
  /**
   * Plans again (dry run first), writes the journal, applies in order with field manager `mesh-workbench`. Refuses with
   * `conflict`, and sends nothing, where an object is not in the state of the `basis` any more: that of the reviewed plan.
   */
  applyChange: call(input(v.object({ ...change.entries, basis, title: v.string() }))).returns<JournalEntry>(),
  /** Dry-runs merge patches of objects that are there. Nothing changes. */
  planPatches: call(input(v.object(patches))).returns<ChangePlan>(),
  applyPatches: call(input(v.object({ ...patches, basis, title: v.string() }))).returns<JournalEntry>(),
  planDelete: call(input(v.object({ context: v.string(), id: resourceIdSchema }))).returns<ChangePlan>(),
  applyDelete: call(
    input(v.object({ context: v.string(), id: resourceIdSchema, basis })),
  ).returns<JournalEntry>(),
  /** What taking the entry back would do. */
  planRevert: call(input(v.object({ entry: v.string() }))).returns<ChangePlan>(),
  applyRevert: call(input(v.object({ entry: v.string(), basis }))).returns<JournalEntry>(),
  /** The `base` of each object now and whenever one changes; a part of it where not all may be watched. */
  watchStates: stream(
    input(v.object({ context: v.string(), ids: v.pipe(v.array(resourceIdSchema), v.maxLength(100)) })),
  ).of<Basis>(),
  /** The whole journal, newest first, now and at every change. */
  watchJournal: stream(nothing).of<JournalEntry[]>(),
}
