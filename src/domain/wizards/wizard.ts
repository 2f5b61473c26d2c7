import type { Problem } from '../problem.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'

/** One path prefix and the Service that its requests go to, in a list of them. */
export interface PathAnswer {
  readonly path: string
  /** `namespace/name`. */
  readonly service: string
}

export type Answer = string | number | readonly PathAnswer[]
export type Answers = Readonly<Record<string, Answer | undefined>>

export interface WizardOption {
  readonly value: string
  readonly label: string
}

/** One question of a wizard; its options and default come from the objects and from the answers so far. */
export interface WizardField {
  readonly name: string
  /** A `choice` has only its options; a `text` may have some as suggestions; `paths` is a list of `PathAnswer`. */
  readonly kind: 'choice' | 'text' | 'number' | 'percentage' | 'duration' | 'paths'
  readonly label: string
  readonly explains?: string
  readonly default?: Answer
  readonly options?: readonly WizardOption[]
  readonly isOptional?: boolean
}

/** What a wizard starts from. */
export interface WizardWorld {
  readonly objects: readonly KubernetesObject[]
  /** The text in which an object is being edited already, so that nothing that the user wrote is lost. */
  readonly textOf?: (object: KubernetesObject) => string | undefined
}

/** One text that a wizard wrote or changed. */
export interface PlannedText {
  /** The object it is about. */
  readonly object: KubernetesObject
  /** The text before; absent for a new object. */
  readonly before?: string
  readonly text: string
}

export interface WizardPlan {
  readonly texts: readonly PlannedText[]
  /** What the plan does, and what stays as it is, a sentence each. */
  readonly notes: readonly string[]
}

/** An everyday job as a few questions that end in texts to review. */
export interface Wizard {
  readonly id: string
  readonly title: string
  readonly explains: string
  readonly fields: (world: WizardWorld, answers: Answers) => readonly WizardField[]
  /** The texts, or what is wrong with the answers: `at` is the name of the field. */
  readonly plan: (answers: Answers, world: WizardWorld) => WizardPlan | readonly Problem[]
}
