import * as v from 'valibot'
import { ADD_ON_NAMES, type AddOnName, type FoundAddOn } from '../../../domain/setup/add-ons/find-add-ons.ts'
import { call } from '../../rpc/contract.ts'
import type { ChangeStep } from '../changes.ts'
import { defineTask } from '../define-task.ts'
import { contextSchema, input } from '../input.ts'

/** One add-on: what of it runs in the cluster, and what ours would be. */
export interface AddOnState {
  readonly name: AddOnName
  readonly found: readonly FoundAddOn[]
  /** The image that ours runs, with its tag and digest. */
  readonly image: string
}

/** What installing or removing add-ons would do, before anything is done. */
export interface AddOnPlan {
  readonly changes: readonly ChangeStep[]
  /** Objects outside of any namespace: `ClusterRole prometheus`. */
  readonly clusterWide: readonly string[]
  readonly namespaces: readonly string[]
  /** What the objects may do beyond their namespaces, a sentence each. */
  readonly powers: readonly string[]
  readonly warnings: readonly string[]
  /** SHA-256 of the user's own manifest: what was previewed is what is applied. */
  readonly sha256?: string
}

const name = v.picklist(ADD_ON_NAMES)
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'This is not a SHA-256'))

const addOnsSchema = v.pipe(
  v.object({
    context: v.string(),
    names: v.array(name),
    /** The user's own manifest with the hash that the preview named. */
    manifest: v.exactOptional(v.object({ url: v.string(), sha256 })),
    /** Ours too where another of the same is there. */
    isBesideOthers: v.exactOptional(v.boolean()),
  }),
  v.check(({ names, manifest }) => names.length > 0 || manifest !== undefined, 'No add-on was chosen'),
)
export type AddOnsInput = v.InferOutput<typeof addOnsSchema>

const subjectOf = ({ context }: { readonly context: string }) => ({ context })

export const addOnsInstall = defineTask('add-ons-install', { input: addOnsSchema, subjectOf })
export const addOnsRemove = defineTask('add-ons-remove', { input: addOnsSchema, subjectOf })

/** Prometheus, Jaeger and Grafana from our manifests, or a manifest of the user's own: state and previews. */
export const addOns = {
  listAddOns: call(input(contextSchema)).returns<readonly AddOnState[]>(),
  /** Finds out what would be created, changed or deleted; a manifest is downloaded and looked through. Nothing changes. */
  planAddOns: call(
    input(
      v.object({
        context: v.string(),
        action: v.picklist(['install', 'remove']),
        names: v.array(name),
        isBesideOthers: v.exactOptional(v.boolean()),
        manifest: v.exactOptional(v.object({ url: v.string() })),
      }),
    ),
  ).returns<AddOnPlan>(),
}
