import { shallowRef } from 'vue'
import type { ResourceId } from '../../domain/kubernetes/kubernetes-object.ts'
import { navigate } from './navigation.ts'

export interface TextReview {
  /** YAML, one or more documents. */
  readonly text: string
  readonly title: string
  /** The drafts that the text was made of. */
  readonly draftIds: readonly string[]
  /** YAML before the drafts that is no draft itself: a Secret, whose key is not to be stored. */
  readonly ahead?: string
}

export interface PatchReview {
  readonly context: string
  /** JSON merge patches, for what a text cannot say: that a field goes. */
  readonly patches: readonly { readonly id: ResourceId; readonly patch: unknown }[]
  readonly title: string
  /** What the change means beyond the objects themselves, a sentence each. */
  readonly notes: readonly string[]
}

export type PendingReview =
  | ({ readonly kind: 'text' } & TextReview)
  | ({ readonly kind: 'patches' } & PatchReview)
  | { readonly kind: 'delete'; readonly id: ResourceId }
  /** `entry` is a journal entry's id. */
  | { readonly kind: 'revert'; readonly entry: string }

/** What the Changes view is to plan and show. */
export const pendingReview = shallowRef<PendingReview>()

export function reviewText(text: TextReview): void {
  review({ kind: 'text', ...text })
}

export function reviewPatches(patches: PatchReview): void {
  review({ kind: 'patches', ...patches })
}

export function reviewDelete(id: ResourceId): void {
  review({ kind: 'delete', id })
}

export function reviewRevert(entry: string): void {
  review({ kind: 'revert', entry })
}

function review(next: PendingReview): void {
  pendingReview.value = next
  navigate({ name: 'changes' })
}
